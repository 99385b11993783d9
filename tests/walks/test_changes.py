"""From every tracked record there is a way to its changes, and the auditor can walk it (E3.1)."""

import re

import pytest

from accounts.audit import audited
from crm.models import Filing
from tests import factories
from tests.walks.pages import every_page
from tests.walks.rows import Rows
from tests.walks.samples import path_of

pytestmark = pytest.mark.django_db

SEEN = 200
WAY = re.compile(r"/staff/audit/([a-z]+\.[a-z]+)/(\d+)/")
# Reached by the changes of what they are a part of: a page of its own none of them has.
PARTS = {
    "accounts.staffrole",
    "consent.address",
    "crm.contactperson",
    "crm.contactphone",
    "crm.affiliation",
    "crm.situation",
    "crm.attachment",
    "crm.namedcontact",
    "crm.filing",
    "crm.organisationname",
    "crm.organisationdomain",
    "crm.organisationaddress",
}


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(factories.NOW)


@pytest.fixture
def rows():
    """A row of everything that is tracked."""
    made = Rows("tamk")
    for each in audited:
        made[each.model]
    return made


def ways(body: bytes) -> set[str]:
    """The records to whose changes a page leads: `crm.task/12`."""
    return {f"{name}/{key}" for name, key in WAY.findall(body.decode(errors="replace"))}


def on_pages(client, rows) -> set[str]:
    """Those that the pages lead to, but for the pages of changes themselves."""
    found: set[str] = set()
    for page in every_page():
        is_of_staff = page.permission or page.model_admin is not None
        if is_of_staff and page.name != "site:staff_audit":
            response = client.get(path_of(page, rows))
            if response.status_code == SEEN and not response.streaming:
                found |= ways(response.content)
    return found


def from_there_on(client, found: set[str]) -> set[str]:
    """Those, and what the pages of changes lead to; each is opened, and so can be read."""
    reached, waiting = set(), sorted(found)
    while waiting:
        each = waiting.pop()
        if each in reached:
            continue
        reached.add(each)
        response = client.get(f"/staff/audit/{each}/")
        assert response.status_code == SEEN, each
        waiting.extend(ways(response.content) - reached)
    return reached


def wanted(rows) -> set[str]:
    return {f"{each.name}/{rows[each.model].pk}" for each in audited}


def test_every_tracked_record_leads_to_its_changes(client, rows):
    client.force_login(factories.staff(None, "auditor"))
    shown = on_pages(client, rows)
    assert wanted(rows) - from_there_on(client, shown) == set()
    assert {each.partition("/")[0] for each in wanted(rows) - shown} <= PARTS


def test_whoever_edits_finds_the_changes_where_they_edit(client, rows):
    """Where a part has a page of its own, its changes are a press away from there."""
    client.force_login(factories.staff(None, "admin"))
    named = {each.partition("/")[0] for each in on_pages(client, rows)}
    assert PARTS - named == {
        "accounts.staffrole",
        "consent.address",
        "crm.contactphone",
        "crm.filing",
        "crm.namedcontact",
        "crm.organisationaddress",
        "crm.organisationdomain",
        "crm.organisationname",
    }


# --- controls -------------------------------------------------------------------------------------


def test_control_without_the_parts_the_way_to_them_is_missed(client, rows, monkeypatch):
    monkeypatch.setattr("portal.parts.audited", [])
    client.force_login(factories.staff(None, "auditor"))
    missed = wanted(rows) - from_there_on(client, on_pages(client, rows))
    assert {each.partition("/")[0] for each in missed} == PARTS


def test_control_whoever_sees_no_audit_is_led_to_none(client, rows):
    assert Filing.objects.filter(pk=rows[Filing].pk).exists()
    client.force_login(factories.staff(None, "coordinator"))
    assert on_pages(client, rows) == set()
