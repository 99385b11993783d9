"""Later parts join the customer's page by a registry: data, not HTML (C2.1)."""

import pytest

from accounts.roles import TABLE, Permission, Role
from common.registry import DuplicateNameError
from crm import panels
from crm.models import Organisation, Situation
from crm.panels import ORGANISATION, PERSON, Panel
from tests import factories
from tests.crm.conftest import dom, page_of, see
from tests.factories import DAY, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def needs(person, reader):
    return Situation.objects.filter(person=person, kind="need").order_by("pk")


def nobodys(organisation, reader):
    return Organisation.objects.none()


@pytest.fixture
def joined(monkeypatch):
    """Panels registered for one test."""
    monkeypatch.setattr(panels.panels, "_entries", dict(panels.panels._entries))

    def add(**changes):
        values = {
            "name": "tests.needs",
            "title": "Tarpeet",
            "of": PERSON,
            "rows": needs,
            "template": "courses/_panel_enrolments.html",
        }
        return panels.panels.add(Panel(**{**values, **changes}))

    return add


def make_needs(person, count):
    Situation.objects.bulk_create(
        Situation(person=person, kind="need", text=f"Tarve {no}", since=TODAY - DAY)
        for no in range(count)
    )


def test_a_panel_is_a_card_on_the_page_it_is_for(client, seller, anna, konepaja, joined):
    joined()
    make_needs(anna, 1)
    assert "Tarpeet" in see(client, anna)
    assert "Tarpeet" not in see(client, konepaja)


def test_a_panel_without_rows_is_no_card(client, seller, anna, konepaja, joined):
    joined()
    joined(name="tests.none", of=ORGANISATION, rows=nobodys, title="Tyhjä")
    assert "Tarpeet" not in see(client, anna)
    assert "Tyhjä" not in see(client, konepaja)


def test_a_panel_is_seen_by_those_who_have_its_permission(
    client, seller, anna, joined, monkeypatch
):
    joined(permission=Permission.SEE_AUDIT)
    make_needs(anna, 1)
    assert "Tarpeet" not in see(client, anna)
    monkeypatch.setitem(TABLE, Role.SALES, TABLE[Role.SALES] | {Permission.SEE_AUDIT})
    assert "Tarpeet" in see(client, anna)


def test_a_panel_knows_who_reads(seller, anna, joined):
    readers = []
    joined(rows=lambda person, reader: (readers.append(reader), needs(person, reader))[1])
    panels.cards(anna, seller)
    assert readers == [seller]


def test_a_card_takes_the_first_rows_in_one_query(seller, anna, joined, django_assert_num_queries):
    panel = joined(most=3)
    make_needs(anna, 5)
    with django_assert_num_queries(1):
        card = panels.card(panel, anna, seller)
    assert ([each.text for each in card.rows], card.has_more) == (
        ["Tarve 0", "Tarve 1", "Tarve 2"],
        True,
    )


def test_a_name_is_taken_once(joined):
    joined()
    with pytest.raises(DuplicateNameError):
        joined()


def test_every_panels_template_is_a_partial():
    for panel in panels.panels:
        assert panel.template.rpartition("/")[2].startswith("_panel_")


def test_cards_are_numbered_for_their_headings(client, seller, anna, joined):
    joined()
    make_needs(anna, 1)
    factories.enrolment(factories.run(), anna)
    page = dom(client.get(page_of(anna)))
    assert page.xpath("//*[starts-with(@id, 'card-')]/@id") == ["card-1", "card-2"]
