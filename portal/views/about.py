"""What the law and good manners ask a site to say of itself."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Institution


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of people, why, how long, and what they can ask."""
    return render(request, "portal/privacy.html", {"institutions": Institution.objects.all()})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "portal/accessibility.html")


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms of enrolment."""
    return render(request, "portal/terms.html", {"offer_hours": settings.OFFER_HOURS})
