"""URLs of newsletter, preferences and what mails link to; their first segment is translated."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from mailing.views import newsletter

app_name = "mailing"

newsletters = [
    path("", newsletter.newsletter, name="newsletter"),
    path("sent/", newsletter.newsletter_sent, name="newsletter_sent"),
    path("confirm/<str:token>/", newsletter.newsletter_confirm, name="newsletter_confirm"),
    path("not-me/<str:token>/", newsletter.newsletter_not_me, name="newsletter_not_me"),
]

urlpatterns = [
    path(_("newsletter/"), include(newsletters)),
]
