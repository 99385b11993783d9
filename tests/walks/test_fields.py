"""A form takes what it shows and nothing more; an API that only reads takes nothing (A11)."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from rest_framework.views import APIView

from accounts.audit import Change
from accounts.models import Institution, User
from courses.models import Enrolment, Run, Seat
from crm.models import Organisation
from tests import factories
from tests.walks.forms import Form, forms_of
from tests.walks.pages import every_page
from tests.walks.rows import Rows
from tests.walks.samples import path_of

pytestmark = pytest.mark.django_db

FILE = Path(__file__).with_name("writable.toml")
WRITABLE: dict[str, list[str]] = tomllib.loads(FILE.read_text())
FORBIDDEN = {
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "on",
    "role": "admin",
    "by": "1",
    "user": "1",
    "person": "1",
    "organisation": "1",
    "institution": "1",
    "owner": "1",
    "price": "0",
    "price_net": "0",
    "vat_rate": "0",
    "paid": "on",
    "state": "confirmed",
    "status": "confirmed",
    "seat": "1",
    "seat_no": "1",
    "queue_no": "1",
    "consent": "on",
    "id": "1",
    "pk": "1",
    "rights": "admin",
    "visibility": "staff",
    "version": "99",
}
VISITOR, LEARNER, ADMIN = "visitor", "learner", "admin"


@pytest.fixture
def rows(db):
    rows = Rows("tamk")
    rows[Enrolment]
    return rows


@pytest.fixture
def users(rows) -> dict[str, User | None]:
    chief = factories.staff(None, "admin")
    return {VISITOR: None, LEARNER: rows[Enrolment].person.user, ADMIN: chief}


def enter(client, user):
    client.logout()
    if user:
        client.force_login(user)


def forms_for(client, who, rows, users) -> dict[tuple[str, str], Form]:
    """What this visitor is shown, by page and fields; the administration only to who works there."""
    found: dict[tuple[str, str], Form] = {}
    enter(client, users[who])
    for page in every_page():
        if page.route.startswith("admin/") or page.name in {"account_logout", "site:styleguide"}:
            continue  # Django's own forms are built from `fields`; tests/accounts/test_admin.py
        path = path_of(page, rows)
        response = client.get(path)
        if response.status_code == 200 and "html" in response.headers["Content-Type"]:
            for form in forms_of(response.content, path):
                found.setdefault((form.name, str(sorted(form.fields))), form)
    return found


@pytest.mark.parametrize("who", [VISITOR, LEARNER, ADMIN])
def test_no_form_asks_for_more_than_is_listed(client, rows, users, who):
    """A new form or field is added to `writable.toml`, with a thought; the difference is ready to be put there."""
    wanted: dict[str, set[str]] = {}
    for form in forms_for(client, who, rows, users).values():
        more = form.fields - set(WRITABLE.get(form.name, []))
        if more:
            wanted.setdefault(form.name, set()).update(more)
    assert "\n".join(f'"{name}" = {sorted(more)}' for name, more in sorted(wanted.items())) == ""


def test_and_nothing_that_is_listed_is_a_right_or_a_price():
    """Staff write some of these; on no page of a learner's."""
    for name, fields in WRITABLE.items():
        if "staff" not in name:
            assert set(fields) & (FORBIDDEN.keys() - {"role"}) <= ALLOWED.get(name, set()), name


ALLOWED: dict[str, set[str]] = {
    "site:staff_note_edit": {"version", "visibility"},
    "site:staff_organisation_note": {"visibility"},
    "site:staff_person_note": {"visibility"},
    "site:staff_tray_file": {"person", "version"},
    "site:staff_tray_new": {"version"},
    "site:staff_tray_set_aside": {"version"},
}


# --- what else is sent changes nothing ------------------------------------------------------------


def state(known: dict[type[models.Model], int] | None = None) -> dict[str, list[str]]:
    """Rights, states, owners and numbers of every row; a row that has come since `known` is told as new by whatever names it."""
    found = {}
    for model in apps.get_models():
        columns = [each for each in model._meta.concrete_fields if is_telling(each)]
        if columns and model._meta.managed and not (model._meta.proxy or issubclass(model, Change)):
            rows: Any = models.QuerySet(model).values_list(*(each.attname for each in columns))
            found[model._meta.label] = sorted(
                str([told(*pair, known or {}) for pair in zip(columns, row, strict=True)])
                for row in rows
            )
    return found


def told(column: Any, value: object, known: dict[type[models.Model], int]) -> object:
    is_new = isinstance(value, int) and value > known.get(column.related_model, value)
    return "new" if column.is_relation and is_new else value


def newest() -> dict[type[models.Model], int]:
    """The last key of everything that a row may be owned by."""
    return {
        model: models.QuerySet(model).order_by("-pk").values_list("pk", flat=True).first() or 0
        for model in OWNERS
    }


OWNERS = (User, Institution, Organisation, Run, Seat)


def is_telling(column: "models.Field[Any, Any]") -> bool:
    if column.primary_key or column.name in {"message", "chain", "event", "wording"}:
        return False
    if isinstance(column, models.ForeignKey):
        return column.related_model in OWNERS
    return isinstance(column, NUMBERS) or bool(column.choices)


NUMBERS = (models.BooleanField, models.IntegerField, models.DecimalField)


def sent(client, user, form: Form, extra: dict[str, str]) -> tuple[int, dict[str, list[str]]]:
    """The status, and the state that the form leaves behind; then everything is as before."""
    enter(client, user)
    known = newest()
    with transaction.atomic():
        answer = client.post(form.action, {**form.values, **extra})
        after = state(known)
        transaction.set_rollback(True)
    return answer.status_code, after


@pytest.mark.parametrize("who", [VISITOR, LEARNER, ADMIN])
def test_fields_that_are_not_on_the_form_change_nothing(client, rows, users, who, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    roles = state()["accounts.StaffRole"]
    for form in forms_for(client, who, rows, users).values():
        extra = {name: value for name, value in FORBIDDEN.items() if name not in form.values}
        plain, more = (sent(client, users[who], form, each) for each in ({}, extra))
        assert plain == more, form.name
        assert plain[0] < 500, form.name
        if who != ADMIN:
            assert plain[1]["accounts.StaffRole"] == roles, form.name


def test_control_a_form_that_takes_what_it_is_sent_is_found(client, rows, users, monkeypatch):
    def take(person, **values):
        User.objects.filter(pk=person.user_id).update(is_staff=True)

    monkeypatch.setattr("consent.people.correct", take)
    form = next(
        each
        for each in forms_for(client, LEARNER, rows, users).values()
        if each.name == "portal:details"
    )
    before = state()
    assert sent(client, users[LEARNER], form, {})[1] != before
    assert state() == before


# --- machine interfaces -----------------------------------------------------------------------------

WRITE = {  # an API's route that may be written to, and what with: the providers sign what they send
    "site:hook_mail",
    "site:hook_events",
}


def apis():
    return [
        page
        for page in every_page()
        if isinstance(cls := getattr(page.pattern.callback, "cls", None), type)
        and issubclass(cls, APIView)
    ]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_an_api_that_reads_cannot_be_written_to(client, method):
    before = state()
    assert {page.name for page in apis()} >= {"api-search", "api-schema"}
    for page in apis():
        if page.name in WRITE:
            continue
        answer = getattr(client, method)(page.path({}), FORBIDDEN, content_type="application/json")
        assert answer.status_code == 405, page.name
    assert state() == before
