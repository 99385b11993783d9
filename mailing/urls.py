"""URLs of newsletter, preferences and what mails link to; their first segment is translated."""

from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from mailing.views import address, delivered, newsletter, preferences

app_name = "mailing"

newsletters = [
    path("", newsletter.newsletter, name="newsletter"),
    path("sent/", newsletter.newsletter_sent, name="newsletter_sent"),
    path("confirm/<str:token>/", newsletter.newsletter_confirm, name="newsletter_confirm"),
    path("not-me/<str:token>/", newsletter.newsletter_not_me, name="newsletter_not_me"),
]

centre = [
    path("", preferences.centre, name="preferences"),
    path("newsletter/", preferences.newsletter, name="preferences_newsletter"),
    path("stop/", preferences.stop, name="preferences_stop"),
    path("stop-all/", preferences.stop_all, name="preferences_stop_all"),
    path("permit/", preferences.permit, name="preferences_permit"),
    path("undo/", preferences.undo, name="preferences_undo"),
    path("address/", address.ask, name="address_ask"),
    path("link/", preferences.link, name="preferences_link"),
    path("sent/", preferences.sent, name="preferences_sent"),
]

mails = [
    path("why/<str:token>/", delivered.why, name="why"),
    path("address/<str:token>/", address.prove, name="address_prove"),
]

urlpatterns = [
    path(_("newsletter/"), include(newsletters)),
    path(_("me/"), include([path("preferences/", include(centre))])),
    path(_("mail/"), include(mails)),
]
