"""Every change of a tracked row is kept by the database: who, before, after; and nothing of it is rewritten (E3.1)."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.db import connection

from accounts import audit
from accounts.audit import audited
from accounts.commands import AuditedCommand
from accounts.models import Institution, User
from consent import erasure
from consent.models import Person
from courses.models import Course
from crm.models import Organisation
from portal.celery import app
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
YEARS = timedelta(days=3 * 366)


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def firm():
    return factories.organisation("Konepaja Oy")


def changes(thing, *columns):
    """What was kept of the row, oldest first."""
    kept = audited[thing._meta.label_lower].changes.objects.filter(pgh_obj=thing.pk)
    return list(kept.order_by("pgh_id").values_list("pgh_label", *columns))


# --- what is kept ---------------------------------------------------------------------------


def test_making_changing_and_deleting_are_kept_with_the_row_as_it_became(firm):
    Organisation.objects.filter(pk=firm.pk).update(name="Konepaja Oyj")
    firm.delete()
    kept = audited["crm.organisation"].changes.objects.order_by("pgh_id")
    assert list(kept.values_list("pgh_label", "name", "pgh_created_at")) == [
        ("insert", "Konepaja Oy", NOW),
        ("update", "Konepaja Oyj", NOW),
        ("delete", "Konepaja Oyj", NOW),
    ]


def test_an_update_that_changes_nothing_is_none(firm):
    firm.save()
    assert changes(firm) == [("insert",)]


def test_many_rows_at_once_are_each_kept():
    firms = Organisation.objects.bulk_create([Organisation(name=f"Yritys {n}") for n in range(3)])
    Organisation.objects.update(industry="62010")
    assert [changes(each, "industry") for each in firms] == [
        [("insert", ""), ("update", "62010")]
    ] * 3


def test_passwords_and_moments_of_signing_in_are_not_kept():
    user = factories.user()
    user.set_password("rikastava-demo-2026")
    user.last_login = NOW
    user.save()
    assert changes(user) == [("insert",)]
    columns = {each.name for each in audited["accounts.user"].changes._meta.fields}
    assert {"password", "last_login"} & columns == set()
    assert {"email", "is_superuser", "title_sv"} <= columns


# --- who did it -----------------------------------------------------------------------------


def test_a_persons_request_is_theirs(client):
    chief = factories.staff(None, "admin")
    client.force_login(chief)
    place = {"slug": "paja", "name": "Paja", "institution": ""}
    assert client.post("/admin/courses/venue/add/", place).status_code == 302
    assert list(audited["courses.venue"].changes.objects.values_list("name", "pgh_context")) == [
        ("Paja", {"user": chief.pk})
    ]


def test_reading_asks_the_database_nothing_more(client, django_assert_num_queries):
    client.get("/en/courses/")
    with django_assert_num_queries(1) as seen:
        client.get("/en/courses/")
    assert "pghistory" not in str(seen.captured_queries)


def test_a_job_is_known_by_its_name(firm):
    @app.task(name="tests.rename")
    def rename():
        Organisation.objects.update(name="Konepaja Oyj")

    rename()
    assert changes(firm, "pgh_context")[-1] == ("update", {"job": "tests.rename"})


def test_a_command_is_known_by_its_name(firm):
    class Command(AuditedCommand):
        """Renames."""

        def handle(self, *_args, **_options):
            Organisation.objects.update(name="Konepaja Oyj")

    Command.__module__ = "portal.management.commands.rename"
    call_command(Command())
    assert changes(firm, "pgh_context")[-1] == ("update", {"job": "manage.py rename"})


def test_every_command_of_ours_is():
    """One that changes no row may be named here."""
    silent = {"check_invariants", "migrate", "prepare_demo", "verify_ledger"}
    ours = {
        name: load_command_class(where, name)
        for name, where in get_commands().items()
        if isinstance(where, str) and (ROOT / where.split(".")[0]).is_dir()
    }
    assert {
        name for name, command in ours.items() if not isinstance(command, AuditedCommand)
    } == silent


# --- what the database refuses ----------------------------------------------------------------

TABLE = "crm_organisationchange"


def test_the_application_writes_none_by_hand(firm, refused):
    said = refused(f"INSERT INTO {TABLE} SELECT * FROM {TABLE}")
    assert "written by triggers alone" in said


@pytest.mark.parametrize("role", ["portal_app", "portal_owner"])
def test_a_change_is_not_rewritten(firm, refused, role):
    assert "not rewritten" in refused(f"UPDATE {TABLE} SET name = 'Muu Oy'", role)
    assert "not rewritten" in refused(f"UPDATE {TABLE} SET pgh_context = '{{\"user\": 1}}'", role)
    assert changes(firm, "name") == [("insert", "Konepaja Oy")]


def test_one_change_is_not_taken_out_of_a_history(firm, refused):
    Organisation.objects.update(name="Konepaja Oyj")
    said = refused(f"DELETE FROM {TABLE} WHERE pgh_label = 'update'")
    assert "goes whole" in said
    assert len(changes(firm)) == 2


def test_nor_truncated(firm, refused):
    assert "permission denied" in refused(f"TRUNCATE {TABLE}")


def test_no_code_can_switch_the_triggers_off_for_itself(firm):
    """The way `pgtrigger.ignore()` goes: it would leave no trace."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'crm_organisation'::regclass")
        names = ",".join(name for (name,) in cursor.fetchall())
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{names}}}"])
    Organisation.objects.update(name="Salaa muutettu")
    assert changes(firm, "name")[-1] == ("update", "Salaa muutettu")


def test_and_none_of_ours_tries():
    apps = ["accounts", "consent", "mailing", "crm", "billing", "courses", "community", "portal"]
    code = [path for each in apps for path in (ROOT / each).rglob("*.py")]
    tried = re.compile(r"pgtrigger\.(ignore|session|schema)|import ignore|pgtrigger\.ignore")
    assert [str(path) for path in code if tried.search(path.read_text())] == []


def test_control_the_library_itself_leaves_that_way_open(firm, tamper):
    tamper(
        "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean"
        " STABLE LANGUAGE sql AS 'SELECT true'"
    )
    Organisation.objects.update(name="Salaa muutettu")
    assert changes(firm, "name") == [("insert", "Konepaja Oy")]


# --- how long ---------------------------------------------------------------------------------


def test_after_three_years_a_change_is_forgotten(firm, set_clock):
    set_clock(NOW + YEARS)
    Organisation.objects.update(name="Konepaja Oyj")
    assert audit.forget_old() > 0
    assert changes(firm, "name") == [("update", "Konepaja Oyj")]
    assert audit.forget_old() == 0


def test_not_a_day_before(firm, set_clock):
    set_clock(NOW + timedelta(days=3 * 365) - DAY)
    assert audit.forget_old() == 0
    assert changes(firm) == [("insert",)]


def test_it_goes_in_slices(set_clock, monkeypatch):
    monkeypatch.setattr(audit, "SLICE", 2)
    Organisation.objects.bulk_create([Organisation(name=f"Yritys {n}") for n in range(5)])
    set_clock(NOW + YEARS)
    assert audit.forget_old() == 5


# --- an erasure -------------------------------------------------------------------------------


def test_erasing_a_person_leaves_no_change_of_theirs():
    user = factories.user("anna@example.org", name="Anna Virtanen")
    User.objects.filter(pk=user.pk).update(name="Anna Öst")
    Person.objects.filter(user=user).update(name="Anna Öst")
    erasure.erase("anna@example.org")
    for name in ("accounts.user", "consent.person", "consent.address"):
        assert not audited[name].changes.objects.exists()


def test_a_row_that_was_once_theirs_goes_with_its_whole_history():
    anna, bertta = factories.person("anna@example.org"), factories.person("bertta@example.org")
    address = anna.addresses.get()
    Person.objects.filter(pk=anna.pk).update(name="Anna")
    address.person, address.is_primary = bertta, False
    address.save()
    erasure.erase("bertta@example.org")
    assert not audited["consent.address"].changes.objects.filter(pgh_obj=address.pk).exists()


def test_whoever_was_the_contact_is_emptied_from_what_is_nobodys():
    anna = factories.user("anna@example.org")
    course = factories.course(contact=anna, institution=factories.institution("tamk"))
    Course.objects.update(contact=None)
    erasure.erase("anna@example.org")
    assert changes(course, "contact") == [("insert", None), ("update", None)]
    assert Institution.objects.count() == 1
