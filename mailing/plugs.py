"""What mailing itself adds to the registries: its own mails, and what it holds on a person."""

from django.core import checks
from django.utils.translation import gettext_lazy as _

from consent.privacy import holdings
from consent.purposes import Kind
from mailing import holdings as declared
from mailing import kinds, promotions, samples
from mailing.templates import Template, templates

templates.add(
    Template(
        kinds.CONFIRM_MAIL,
        Kind.SERVICE,
        _("Asking whoever owns the address whether the newsletter may begin"),
        samples.confirm,
        ({"topics": []},),
    )
)
templates.add(
    Template(
        kinds.WELCOME_MAIL,
        Kind.SERVICE,
        _("Telling what was chosen when the newsletter has begun"),
        samples.welcome,
        ({"topics": []},),
    )
)
templates.add(
    Template(
        kinds.PREFERENCES_MAIL,
        Kind.SERVICE,
        _("Bringing the link to the preference centre that was asked for"),
        samples.link,
    )
)
templates.add(
    Template(
        kinds.STOPPED_MAIL,
        Kind.SERVICE,
        _("Confirming that what the reader stopped by answering has stopped"),
        samples.stopped,
    )
)
templates.add(
    Template(
        kinds.PROOF_MAIL,
        Kind.SERVICE,
        _("Bringing the link that opens a closed address again"),
        samples.proof,
    )
)
templates.add(
    Template(
        kinds.NEWSLETTER_MAIL,
        Kind.MARKETING,
        _("The newsletter: what begins next, by the topics the reader has chosen"),
        samples.newsletter,
        ({"person_name": ""},),
    )
)

checks.register(promotions.check)

for holding in declared.HOLDINGS:
    holdings.add(holding)
