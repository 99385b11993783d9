"""Staff's own pages on the state of the portal: is the ledger whole, do the promises hold, does mail leave (D3.2)."""

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import staff_required
from accounts.http import SignedInRequest
from accounts.roles import Permission
from consent import verification
from mailing.models import Delivery
from portal import invariants

LEDGER = {check.name for check in verification.CHECKS}  # the nightly examination answers for these


@require_safe
@staff_required(Permission.USE_WORKBENCH)
def health(request: SignedInRequest) -> HttpResponse:
    """The last examination of the ledger, the other promises as they are now, deliveries by state."""
    promises = [each for each in invariants.INVARIANTS if each.name not in LEDGER]
    context = {
        "examined": verification.last_examined(),
        "checkpoint": next(reversed(verification.read_checkpoints()), None),
        "promises": len(promises),
        "broken": invariants.broken(promises),
        "deliveries": [
            (Delivery.State(row["state"]).label, row["count"])
            for row in Delivery.objects.values("state")
            .annotate(count=Count("pk"))
            .order_by("state")
        ],
    }
    return render(request, "portal/staff_health.html", context)
