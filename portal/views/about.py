"""What the law and good manners ask a site to say of itself."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Institution
from courses.views.meta import Meta


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of people, why, how long, and what they can ask."""
    meta = Meta(
        _("Privacy and your data"),
        _(
            "In short: we keep only what we need to arrange your courses and to send what you have permitted,"
            " show it to nobody else, and set only necessary cookies."
        ),
        reverse("portal:privacy"),
    )
    context = {"institutions": Institution.objects.all(), "meta": meta}
    return render(request, "portal/privacy.html", context)


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    meta = Meta(
        _("Accessibility statement"),
        _(
            "The site is built to meet the requirements of WCAG 2.2 at levels A and AA. It works with the keyboard"
            " alone, with a screen reader, with text at double size, on a screen 320 pixels wide, in dark and"
            " high-contrast colours, and without JavaScript."
        ),
        reverse("portal:accessibility"),
    )
    return render(request, "portal/accessibility.html", {"meta": meta})


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms of enrolment."""
    meta = Meta(
        _("Terms of enrolment and cancellation"),
        _(
            "In short: enrolment is binding, you can cancel free of charge until enrolment closes, and being on a"
            " waiting list commits you to nothing."
        ),
        reverse("portal:terms"),
    )
    context = {"offer_hours": settings.OFFER_HOURS, "meta": meta}
    return render(request, "portal/terms.html", context)
