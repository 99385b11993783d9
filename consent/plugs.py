"""What accounts and consent hold on a person, accounts lying below and unable to declare it itself; the first purposes."""

from django.utils.translation import gettext_lazy as _

from consent import holdings as declared
from consent.kinds import PROOF
from consent.privacy import holdings
from consent.purposes import Kind, Purpose, purposes

for holding in declared.ACCOUNTS + declared.PEOPLE + declared.LEDGER + declared.REQUESTS:
    holdings.add(holding)

purposes.add(
    Purpose(
        "newsletter",
        Kind.MARKETING,
        _("Newsletter"),
        _("News of training and events, by the topics you choose."),
    )
)
purposes.add(
    Purpose(
        "similar",
        Kind.MARKETING,
        _("Similar training"),
        _("Training like what you have bought, from the same institution."),
    )
)
purposes.add(
    Purpose(
        "service",
        Kind.SERVICE,
        _("Messages about what you have ordered"),
        _("Enrolments, invoices, sign-in codes: what belongs to something you have asked for."),
    )
)
purposes.add(
    Purpose(
        PROOF,
        Kind.SERVICE,
        _("Proving an address"),
        _("A code or a link that somebody has just asked for, to show that the address is theirs."),
    )
)
purposes.add(
    Purpose(
        "legal",
        Kind.LEGAL,
        _("Messages the law requires"),
        _("Such as answers to your requests on your own data."),
    )
)
