"""What accounts and consent hold on a person, accounts lying below and unable to declare it itself; the first purposes."""

from django.utils.translation import gettext_lazy as _

from consent.privacy import Holding, holdings
from consent.purposes import Kind, Purpose, purposes

holdings.add(
    Holding(
        "accounts.users",
        "accounts.User",
        ("email", "name", "language", "title", "phone", "password", "last_login"),
        "signing in, and the named contact shown to customers",
    )
)
holdings.add(Holding("accounts.roles", "accounts.StaffRole", ("user", "role"), "what staff may do"))
holdings.add(
    Holding(
        "consent.people",
        "consent.Person",
        ("name", "language", "user"),
        "the one row that enrolments and messages hang on",
    )
)
holdings.add(
    Holding("consent.addresses", "consent.Address", ("person", "email"), "reaching the person")
)
holdings.add(
    Holding(
        "consent.preferences",
        "consent.Preference",
        ("person", "purpose", "frequency", "paused_until"),
        "how often the person wants what they permit",
    )
)
holdings.add(
    Holding(
        "consent.chains",
        "consent.ChainOwner",
        ("person",),
        "whose permissions a chain of the ledger holds; deleting it makes the chain nobody’s",
    )
)
holdings.add(
    Holding(
        "consent.events",
        "consent.Event",
        ("by",),
        "the proof of what was permitted and refused; names the staff member who recorded it, never the person",
    )
)
holdings.add(
    Holding(
        "consent.evidence",
        "consent.Evidence",
        ("address", "ip", "user_agent", "note"),
        "shows that the person did it; can be deleted without breaking the proof",
    )
)
holdings.add(
    Holding(
        "consent.suppressions",
        "consent.Suppression",
        ("digest",),
        "keeps the address of who was erased, or objects, from coming back by an import",
    )
)

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
        "legal",
        Kind.LEGAL,
        _("Messages the law requires"),
        _("Such as answers to your requests on your own data."),
    )
)
