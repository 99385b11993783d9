"""The auditor reads all and changes nothing (E3.1): proved on the pages themselves, not on the table of roles."""

import pytest
from django.urls import Resolver404, resolve
from lxml import html

from accounts.roles import Permission, permissions_of
from crm.models import Look
from tests import factories
from tests.walks import tables
from tests.walks.forms import forms_of
from tests.walks.pages import Page, every_page
from tests.walks.rows import Rows
from tests.walks.samples import path_of
from tests.walks.staff import LEAVING, forms_seen, of_staff

pytestmark = pytest.mark.django_db

POSTED_TO, REFUSED, SEEN = 405, 403, 200
ASKED_OF = {"site:staff_deliveries": "?state=queued"}  # shown when something is asked for
NO_FILE = {"site:staff_attachment": 410}  # the sample's file is not on the disk
# Pages that are a form and nothing else: what it would change is read elsewhere.
FORMS = {
    "site:staff_import_new": "takes a file in",
    "site:staff_me": "one’s own card; colleagues’ cards are on the customers’ pages",
    "site:staff_note_edit": "the note is on its timeline, its earlier words among its changes",
    "site:staff_organisation_edit": "what it holds is on the organisation’s page",
    "site:staff_organisation_new": "adds an organisation",
    "site:staff_person_edit": "what it holds is on the person’s page",
    "site:staff_person_new": "adds a person",
    "site:staff_role": "what it holds is on the person’s page",
    "site:staff_situation": "what it holds is on the customer’s page",
    "site:staff_task_new": "gives a task",
}
LIBRARIES = "rows of a library that the portal’s own pages do not use"
ELSEWHERE = {
    "admin:auth_group_changelist": LIBRARIES,
    "admin:auth_group_change": LIBRARIES,
    "admin:auth_group_history": LIBRARIES,
    "admin:account_emailaddress_changelist": LIBRARIES,
    "admin:account_emailaddress_change": LIBRARIES,
    "admin:account_emailaddress_history": LIBRARIES,
}
# What is posted on the way, though it changes nothing: a search whose words no log keeps, the reader's own browser.
HARMLESS = LEAVING | {
    "site:staff_keys",
    "site:staff_organisations",
    "site:staff_people",
    "site:staff_search",
    "site:theme",
}


@pytest.fixture
def rows():
    return Rows("tamk")


@pytest.fixture
def auditor(client, rows):
    user = factories.staff(rows.institution, "auditor")
    client.force_login(user)
    return user


def is_adding(page: Page) -> bool:
    return page.name.startswith("admin:") and page.name.endswith(("_add", "_delete"))


def seen_by(client, rows, pages) -> dict[str, tuple[str, bytes]]:
    """Where and what is shown, by the page's name; the others' answers are checked against the reasons above."""
    shown, wrong = {}, {}
    for page in pages:
        path = path_of(page, rows)
        response = client.get(path + ASKED_OF.get(page.name, ""))
        if response.status_code == SEEN:
            shown[page.name] = (path, b"" if response.streaming else response.content)
        elif response.status_code == POSTED_TO or is_adding(page):
            continue
        elif page.name not in FORMS | ELSEWHERE and response.status_code != NO_FILE.get(page.name):
            wrong[page.name] = response.status_code
    assert wrong == {}
    return shown


# --- reads all ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("auditor")
def test_every_page_that_shows_something_is_shown_to_the_auditor(client, rows):
    shown = seen_by(client, rows, of_staff())
    assert {
        "admin:accounts_institution_change",
        "site:staff_contact_of_organisation",
        "site:staff_contact_of_person",
        "site:staff_contacts",
        "site:staff_duplicate",
        "site:staff_duplicates",
        "site:staff_import",
        "site:staff_import_rows",
        "site:staff_imports",
        "site:staff_merge",
        "site:staff_merges",
        "site:staff_tray_mail",
    } <= shown.keys()
    assert set(FORMS) & shown.keys() == set()


@pytest.mark.usefixtures("auditor")
def test_without_a_form_or_a_way_to_one_that_would_change_something(client, rows):
    found = {}
    for name, (path, body) in seen_by(client, rows, of_staff()).items():
        leads = {form.name for form in forms_of(body, path)} - HARMLESS
        leads |= targets(body) & FORMS.keys()
        if name.startswith("admin:"):  # Django puts a form around what is only shown, too
            pressed = {each for each in ("_save", "action") if f'name="{each}"'.encode() in body}
            leads = leads - {name} | pressed
        if leads:
            found[name] = leads
    assert found == {}


def targets(body: bytes) -> set[str]:
    """The pages that the links of a page lead to."""
    if b"<a" not in body:
        return set()
    paths = [each.get("href", "").partition("?")[0] for each in html.fromstring(body).iter("a")]
    return {name for path in paths if (name := name_of(path))}


def name_of(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


@pytest.mark.parametrize(
    "name",
    [
        "site:staff_contact_of_person",
        "site:staff_duplicate",
        "site:staff_merge",
        "site:staff_tray_mail",
    ],
)
def test_a_look_of_the_auditors_is_written_down_like_everybodys(client, rows, auditor, name):
    page = next(each for each in every_page() if each.name == name)
    assert client.get(path_of(page, rows)).status_code == SEEN
    assert set(Look.objects.values_list("by", "role")) == {(auditor.pk, "auditor")}


# --- changes nothing ------------------------------------------------------------------------------


def sent(client, forms) -> dict[str, int]:
    return {path: client.post(path, form.values).status_code for path, form in forms.items()}


def test_every_form_that_others_fill_in_is_refused_to_the_auditor_and_nothing_changed(client, rows):
    forms = forms_seen(client, rows)
    client.force_login(factories.staff(rows.institution, "auditor"))
    before = tables.state()
    answers = sent(client, forms)
    assert tables.changed(before) == set()
    taken = {forms[path].name for path, status in answers.items() if status != REFUSED}
    looked = {name for name in taken if name.endswith("_changelist")}
    assert taken - looked - HARMLESS == set()


@pytest.mark.usefixtures("auditor")
def test_nor_does_an_empty_form_to_any_page_change_something(client, rows):
    paths = [path_of(page, rows) for page in of_staff()]
    before = tables.state()
    for path in paths:
        client.post(path)
    assert tables.changed(before) == set()


def test_nor_what_was_the_auditors_own_before(client, rows):
    """Tasks and absences from another work: a role that was taken does not live on in them."""
    auditor = factories.staff(rows.institution, "auditor")
    task = factories.task("Soita", assignee=auditor)
    client.force_login(auditor)
    before = tables.state()
    assert client.post(f"/staff/tasks/{task.pk}/done/").status_code == REFUSED
    assert client.post(f"/staff/tasks/{task.pk}/", {"what": "Muuta"}).status_code == REFUSED
    assert tables.changed(before) == set()
    assert b"Soita" in client.get(f"/staff/tasks/{task.pk}/").content


# --- controls -------------------------------------------------------------------------------------


def test_control_the_same_forms_change_something_for_others(client, rows):
    forms = forms_seen(client, rows)
    manager = factories.staff(None, "admin")
    client.force_login(manager)
    before = tables.state()
    sent(client, forms)
    assert {
        "accounts_user",
        "crm_affiliation",
        "crm_contactrule",
        "crm_duplicate",
        "crm_encounter",
        "crm_import",
        "crm_task",
    } <= tables.changed(before)


@pytest.mark.usefixtures("auditor")
def test_control_a_page_that_asks_for_more_than_to_look_is_found(client, rows, monkeypatch):
    without = permissions_of("auditor") - {Permission.SEE_IMPORTS}
    monkeypatch.setattr("accounts.models.permissions_of", lambda _role: without)
    with pytest.raises(AssertionError, match="site:staff_import"):
        seen_by(client, rows, of_staff())
