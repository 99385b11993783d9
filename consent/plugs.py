"""What accounts and consent hold on a person; accounts lies below and cannot declare it itself."""

from consent.privacy import Holding, holdings

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
