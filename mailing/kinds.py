"""Words of mailing: names of purposes and mails that verbs use and `plugs.py` registers, and why a mail stops."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

NEWSLETTER = "newsletter"  # the purpose, as consent registers it
SIMILAR = "similar"

CONFIRM_MAIL = "mailing/confirm"
WELCOME_MAIL = "mailing/welcome"
PREFERENCES_MAIL = "mailing/preferences"
NEWSLETTER_MAIL = "mailing/newsletter"
STOPPED_MAIL = "mailing/stopped"
PROOF_MAIL = "mailing/proof"


class Stop(TextChoices):
    """Why a delivery did not go, beside the rules of the ledger."""

    TOO_LATE = "too_late", _("It was too late for it.")
    CANCELLED = "cancelled", _("The message was cancelled.")
    NO_ADDRESS = "no_address", _("The person has no e-mail address.")
    MOVED = "moved", _("The address is not the person’s any more.")
    ERASED = "erased", _("The person’s data were erased.")
