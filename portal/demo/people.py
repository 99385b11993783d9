"""The demo's people: who signs in, who teaches, who is on the runs."""

from allauth.account.models import EmailAddress

from accounts.models import Institution, StaffRole, User
from accounts.roles import Role
from consent import people
from consent.models import Address, Person
from courses.models import Trainer, Venue
from crm.models import Affiliation, Organisation
from portal.demo import content

PASSWORD = "rikastava-demo-2026"  # noqa: S105  the demo's own, printed at its start
COMPANY = {"name": "Pirkan Konepaja Oy", "business_id": "1234567-1"}
LOGINS: list[tuple[str, str, Role | None, str]] = [
    ("learner", "Leena Oppiva", None, ""),
    ("partner", "Pekka Kumppani", None, ""),
    ("colleague", "Kaisa Kollega", None, ""),
    ("trainer", "Tuomas Kouluttaja", Role.TRAINER, "tamk"),
    ("sales", "Saara Myyrä", Role.SALES, ""),
    ("coordinator", "Kirsi Koordinaattori", Role.COORDINATOR, "tamk"),
    ("manager", "Matti Esimies", Role.MANAGER, ""),
    ("admin", "Anni Ylläpitäjä", Role.ADMIN, ""),
]


def make_institutions() -> dict[str, Institution]:
    """The three institutions, by slug."""
    return {
        each["slug"]: Institution.objects.create(
            **each, email=f"{each['slug']}@example.org", phone="040 123 4500"
        )
        for each in content.INSTITUTIONS
    }


def make_staff(institutions: dict[str, Institution]) -> dict[str, User]:
    """Named contacts, by slug; the first of an institution is its contact."""
    staff = {}
    for each in content.entries("people.toml", "staff"):
        institution = institutions[each["institution"]]
        user = User.objects.create_user(
            each["email"], name=each["name"], phone=each["phone"], **content.texts(each, "title")
        )
        StaffRole.objects.create(user=user, institution=institution, role=Role.COORDINATOR)
        staff[each["slug"]] = user
        if institution.contact is None:
            institution.contact = user
            institution.save()
    return staff


def make_logins(institutions: dict[str, Institution]) -> None:
    """The sign-ins that the demo prints, all with one password, and a company of two."""
    company = Organisation.objects.create(**COMPANY)
    rights = {"partner": Affiliation.Rights.ADMIN, "colleague": Affiliation.Rights.MEMBER}
    for box, name, role, slug in LOGINS:
        user = User.objects.create_user(f"{box}@example.org", PASSWORD, name=name)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        person = people.person_of(user)
        if role:
            StaffRole.objects.create(user=user, institution=institutions.get(slug), role=role)
        if box in rights:
            Affiliation.objects.create(person=person, organisation=company, rights=rights[box])


def make_trainers(institutions: dict[str, Institution]) -> dict[str, Trainer]:
    """Trainers, by slug."""
    return {
        each["slug"]: Trainer.objects.create(
            slug=each["slug"],
            name=each["name"],
            institution=institutions[each["institution"]],
            **content.texts(each, "title", "bio"),
        )
        for each in content.entries("people.toml", "trainer")
    }


def make_venues(institutions: dict[str, Institution]) -> dict[str, Venue]:
    """Venues, by slug."""
    return {
        each["slug"]: Venue.objects.create(
            slug=each["slug"],
            name=each["name"],
            institution=institutions.get(each.get("institution", "")),
            street=each["street"],
            postcode=each["postcode"],
            city=each["city"],
            is_shared=each.get("is_shared", False),
            **content.texts(each, "directions"),
        )
        for each in content.entries("venues.toml", "venue")
    }


def make_learners() -> list[Person]:
    """Invented people who have enrolled on something; nobody signs in as them."""
    names = [each["name"] for each in content.entries("people.toml", "learner")]
    learners = Person.objects.bulk_create(Person(name=name) for name in names)
    Address.objects.bulk_create(
        Address(person=person, email=f"osallistuja{number}@example.org")
        for number, person in enumerate(learners, 1)
    )
    return learners
