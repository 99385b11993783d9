"""Words the ledger is written in: channels, actions, legal bases, ways."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

ALL_MARKETING = "*"  # the purpose of an objection (GDPR Art. 21(2))
PROOF = "proof"  # the purpose of codes and links that prove an address, a closed one too
PROCESSING = "processing"  # the purpose of a restriction (GDPR Art. 18)
EVERY_CHANNEL = "*"  # the channel of both


class Channel(TextChoices):
    """How somebody is contacted."""

    EMAIL = "email", _("e-mail")
    SMS = "sms", _("text message")
    PHONE = "phone", _("phone call")
    POST = "post", _("letter")


class Action(TextChoices):
    """What an event of the ledger says."""

    GRANTED = "granted", _("permission given")
    WITHDRAWN = "withdrawn", _("permission taken back or refused")
    OBJECTED = "objected", _("objection to all marketing")
    SOFT_OPT_IN = "soft_opt_in", _("training bought, similar offers not refused")
    LEGAL_PERSON = "legal_person", _("contact for work")
    RESTRICTED = "restricted", _("processing restricted")
    RELEASED = "released", _("restriction ended")


class Basis(TextChoices):
    """What makes a contact lawful; the sections are those of 917/2014."""

    CONSENT = "consent", _("consent")
    CUSTOMER = "customer", _("existing customer, section 200(3)")
    LEGAL_PERSON = "legal_person", _("marketing to a legal person, section 202")
    CONTRACT = "contract", _("contract")
    DUTY = "duty", _("legal duty")


class Method(TextChoices):
    """How the person's word reached us."""

    FORM = "form", _("on a form")
    ONE_CLICK = "one_click", _("with one click in an e-mail")
    REPLY = "reply", _("by replying to an e-mail")
    STAFF = "staff", _("through our staff")
    IMPORT = "import", _("in an import of contacts")
    SALE = "sale", _("when enrolling")
    SYSTEM = "system", _("by the system")


class Author(TextChoices):
    """Who wrote an event."""

    SELF = "self", _("the person")
    STAFF = "staff", _("staff")
    SYSTEM = "system", _("the system")


INTEREST = "interest"  # the ground of calls and letters: no event of the ledger gives it, a refusal ends it
OWN_WAYS = (Method.FORM, Method.ONE_CLICK, Method.REPLY)  # ways a person's own word takes
BASIS_OF = {
    Action.GRANTED: Basis.CONSENT,
    Action.SOFT_OPT_IN: Basis.CUSTOMER,
    Action.LEGAL_PERSON: Basis.LEGAL_PERSON,
}  # the actions that allow something, and the ground each gives
