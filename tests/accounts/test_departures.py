"""Whoever takes a role or shuts a user out tells the registry of departures: one place does, and no other may (C5.3).

Shown from two sides. The text of the product is read for writes that name roles, users or `is_active`
(tests/accounts/writes.py says what it cannot see), and an erasure, which writes by the declarations of privacy, is done.
What every page and every job really writes is in tests/walks/test_departures.py.
"""

from pathlib import Path

import pytest

from accounts.departures import Departure, departures
from accounts.models import Institution, StaffRole, User
from consent import erasure, people
from crm.models import NamedContact
from tests import factories
from tests.accounts.writes import writes

ROOT = Path(__file__).resolve().parents[2]
APPS = ["accounts", "consent", "mailing", "crm", "billing", "courses", "community", "portal"]
FILES = [
    each
    for app in APPS
    for each in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in each.parts
]
MAY = {
    "portal/demo/people.py": {"create"},  # the demo's first staff: nobody leaves by it
    "accounts/users.py": {
        "delete"
    },  # who never came; one of staff stays: tests/portal/test_tidying.py
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_takes_roles_or_shuts_users_out(path):
    """The administration's forms do, and name neither: Django saves what a formset holds."""
    assert writes(path.read_text()) == MAY.get(str(path.relative_to(ROOT)), set())


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("user.staff_roles.all().delete()", {"delete"}),
        ("StaffRole.objects.filter(user=user).update(role='auditor')", {"update"}),
        ("role = user.staff_roles.get()\nrole.delete()", {"delete"}),
        ("for each in user.staff_roles.all():\n  each.delete()", {"delete"}),
        (
            "role = StaffRole.objects.first()\nrole.role = 'auditor'\nrole.save()",
            {"assigned", "save"},
        ),
        ("def end(role: StaffRole) -> None:\n  role.delete()", {"delete"}),
        ("def end(roles: 'QuerySet[StaffRole]') -> None:\n  roles.delete()", set()),
        ("def end(roles: QuerySet[StaffRole]) -> None:\n  roles.delete()", {"delete"}),
        ("[each.delete() for each in list(user.staff_roles.all())]", {"delete"}),
        ("Institution.objects.get(slug='tamk').delete()", {"delete"}),
        ("def close(institution: Institution) -> None:\n  institution.delete()", {"delete"}),
        ("User.objects.filter(pk=1).delete()", {"delete"}),
        ("User.objects.filter(pk=1).update(is_active=False)", {"is_active"}),
        ("user.is_active = False", {"is_active"}),
        ("StaffRole.objects.filter(user=user).exists()", set()),
        ("User.objects.filter(is_active=True)", set()),
        ("def leave(user: User) -> None:\n  ContactRule.objects.filter(user=user).delete()", set()),
        ("def go(user: User) -> None:\n  user.absences.all().delete()", set()),
    ],
)
def test_control_what_writes_them_is_found(source, found):
    assert writes(source) == found


# --- what the text does not name ------------------------------------------------------------------


@pytest.fixture
def settled(monkeypatch):
    """Whose departure was settled, beside all that the register does."""
    told: list[User] = []
    spy = Departure("tests.told", lambda user, _by: told.append(user))
    monkeypatch.setattr(departures, "_entries", {**departures._entries, spy.name: spy})
    return told


@pytest.mark.django_db
@pytest.mark.parametrize("what", ["role", "taken", "closed"])
def test_the_administrations_forms_settle_it(client, settled, what):
    """Each way in which one loses what they may: another role, none, a closed account."""
    tamk = factories.institution("tamk")
    factories.staff(tamk, "coordinator")
    client.force_login(factories.staff(None, "admin"))
    gone = factories.staff(tamk, "sales", name="Saara")
    role = gone.staff_roles.get()
    form = {
        "email": gone.email,
        "name": gone.name,
        "language": "fi",
        **({} if what == "closed" else {"is_active": "on"}),
        "staff_roles-TOTAL_FORMS": "1",
        "staff_roles-INITIAL_FORMS": "1",
        "staff_roles-0-id": str(role.pk),
        "staff_roles-0-user": str(gone.pk),
        "staff_roles-0-institution": str(tamk.pk),
        "staff_roles-0-role": "auditor" if what == "role" else "sales",
        **({"staff_roles-0-DELETE": "on"} if what == "taken" else {}),
    }
    assert client.post(f"/admin/accounts/user/{gone.pk}/change/", form).status_code == 302
    gone.refresh_from_db()
    left = list(gone.staff_roles.values_list("role", flat=True))
    assert (gone.is_active, left) == {
        "role": (True, ["auditor"]),
        "taken": (True, []),
        "closed": (False, ["sales"]),
    }[what]
    assert settled == [gone]


@pytest.mark.django_db
def test_an_erasure_gives_their_customers_to_others_before_it_takes_their_roles():
    tamk = factories.institution("tamk")
    stays, goes = factories.staff(tamk, "coordinator"), factories.staff(tamk, "sales")
    customer = factories.contact(name="Anna Virtanen")
    NamedContact.objects.filter(person=customer).delete()
    NamedContact.objects.create(person=customer, user=goes, chosen="hand")
    people.person_of(goes)
    erasure.erase(goes.email)
    assert not StaffRole.objects.filter(user=goes).exists()
    assert NamedContact.objects.current().get(person=customer).user == stays


@pytest.mark.django_db
def test_an_institution_with_staff_is_not_deleted_by_any_page(client):
    tamk = factories.institution("tamk")
    factories.staff(tamk, "sales")
    client.force_login(factories.staff(None, "admin"))
    answer = client.post(f"/admin/accounts/institution/{tamk.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 403
    assert Institution.objects.filter(pk=tamk.pk).exists()
