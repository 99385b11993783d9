"""No page but one, and no job, takes a role or shuts a user out: read from the rows, whatever code wrote them (C5.3)."""

import pytest
from django.db import transaction

from accounts.models import StaffRole, User
from portal.celery import app
from portal.schedule import SCHEDULE
from tests import factories
from tests.walks.rows import Rows
from tests.walks.samples import path_of
from tests.walks.staff import forms_seen, of_staff

pytestmark = pytest.mark.django_db

TASKS = sorted(str(entry["task"]) for entry in SCHEDULE.values())


@pytest.fixture
def rows():
    made = Rows("tamk")
    made[StaffRole]
    return made


def who_may():
    """All roles, and whose account is open."""
    roles = set(StaffRole.objects.values_list("pk", "user", "institution", "role"))
    return roles, set(User.objects.filter(is_active=True).values_list("pk", flat=True))


def taken_by(client, user, posts) -> set[str]:
    """The pages that take something of that with their forms; what each changes is taken back."""
    found = set()
    for name, path, values in posts:
        with transaction.atomic():
            client.force_login(user)
            roles, active = who_may()
            client.post(path, values)
            left, still = who_may()
            if not (roles <= left and active <= still):
                found.add(name)
            transaction.set_rollback(True)
    return found


def filled(client, rows):
    """The forms that an administrator is shown, as they stand and with every box that deletes ticked."""
    for path, form in forms_seen(client, rows).items():
        yield form.name, path, form.values
        if ticks := {name: ["on"] for name in form.values if name.endswith("-DELETE")}:
            yield form.name, path, form.values | ticks


def test_of_all_pages_the_users_own_in_the_administration_takes_them(client, rows):
    admin = factories.staff(None, "admin")
    posts = list(filled(client, rows))
    assert taken_by(client, admin, posts) == {"admin:accounts_user_change"}


def test_no_empty_form_does(client, rows):
    admin = factories.staff(None, "admin")
    posts = [(page.name, path_of(page, rows), None) for page in of_staff()]
    assert taken_by(client, admin, posts) == set()


@pytest.mark.parametrize("name", TASKS)
def test_no_job_does(rows, name):
    app.loader.import_default_modules()
    before = who_may()
    app.tasks[name]()
    assert who_may() == before
