"""Lists of the register: filters, orders, columns, pages by key, and what nobody sees (C1.1, C2.2)."""

import pytest
from django.utils import timezone

from consent import ledger
from crm.lists import keyset, organisations, people
from crm.lists.keyset import Place
from crm.models import (
    ContactPerson,
    NamedContact,
    Organisation,
    OrganisationAddress,
    Task,
)
from tests import factories
from tests.crm.pages import body, names, text
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db

ORGANISATIONS, PEOPLE = "/staff/organisations/", "/staff/people/"
ENGLISH = {"accept-language": "en"}
QUERIES = {ORGANISATIONS: 10, PEOPLE: 13}


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def tamk():
    return factories.institution("tamk")


@pytest.fixture
def seller(client, tamk):
    user = factories.staff(tamk, "sales")
    client.force_login(user)
    return user


@pytest.fixture
def manager(client, tamk):
    user = factories.staff(tamk, "manager")
    client.force_login(user)
    return user


def organisation(name, **fields):
    return Organisation.objects.create(name=name, **fields)


def see(client, path, **query):
    return client.get(path, query, headers=ENGLISH)


# --- order and pages -----------------------------------------------------------------------


def test_names_stand_as_in_a_finnish_list(client, seller):
    for name in ("Öljy", "zorro", "Åbo", "äiti", "Wau", "vesi", "Apu"):
        organisation(name)
    assert names(see(client, ORGANISATIONS)) == [
        *("Apu", "Wau", "vesi", "zorro", "Åbo", "äiti", "Öljy"),
    ]


def test_people_stand_by_their_last_name(client, seller):
    for name in ("Anna Virtanen", "Åke Östman", "Ville Aalto", "Aalto Instituutti", "Cher"):
        factories.contact(name=name)
    assert names(see(client, PEOPLE)) == [
        *("Ville Aalto", "Cher", "Aalto Instituutti", "Anna Virtanen", "Åke Östman"),
    ]


def walk(rows, order, way, size=3):
    """Every page from one end to the other, as numbers."""
    pages, place = [], Place()
    while True:
        page = keyset.page(rows, order, place, size)
        pages.append([row.pk for row in page.rows])
        if page.on is None:
            break
        place = Place(after=page.on)
    if way == "on":
        return pages
    pages = []
    while True:
        pages.append([row.pk for row in page.rows])
        if page.back is None:
            return pages[::-1]
        page = keyset.page(rows, order, Place(before=page.back), size)


@pytest.mark.parametrize("asked", ["name", "-name", "created_at", "-created_at"])
@pytest.mark.parametrize("way", ["on", "back"])
def test_pages_by_key_have_every_row_once_in_order(asked, way):
    for name in ("B", "A", "C", "A", "D", "B", "A", "E"):
        organisation(name)
    order = keyset.order_of(organisations.ORDERS, asked)
    found = [pk for page in walk(Organisation.objects.all(), order, way) for pk in page]
    ends = ("-sort_key", "-pk") if asked.startswith("-") else ("sort_key", "pk")
    whole = Organisation.objects.annotate(sort_key=order.by).order_by(*ends)
    assert found == [row.pk for row in whole]


def test_a_page_begins_anew_when_its_row_is_gone():
    made = organisation("A")
    page = keyset.page(Organisation.objects.all(), organisations.ORDERS[0], Place(after=999))
    assert (page.rows, page.back, page.on) == ([made], None, None)


def test_the_address_of_a_page_holds_no_name(client, seller):
    for number in range(keyset.SIZE + 1):
        factories.contact(name=f"Salainen {number:03}")
    first = see(client, PEOPLE)
    (on,) = body(first).xpath("//a[@rel='next']/@href")
    assert "alainen" not in on
    assert names(client.get(on)) == [f"Salainen {keyset.SIZE:03}"]


@pytest.mark.parametrize("wrong", ["x", "-1", "9" * 40, "1.5", "٣"])
def test_a_page_that_is_none_is_the_first(client, seller, wrong):
    organisation("A")
    assert names(see(client, ORGANISATIONS, after=wrong)) == ["A"]


@pytest.mark.parametrize("path", [ORGANISATIONS, PEOPLE])
def test_a_list_asks_the_same_however_long_it_is(client, seller, path, django_assert_num_queries):
    def more(count):
        for _ in range(count):
            made = factories.organisation()
            who = factories.contact(at=made)
            NamedContact.objects.create(organisation=made, user=seller, chosen="rule")
            Task.objects.create(what="Soita", person=who, due_at=NOW)

    more(2)
    see(client, path)
    with django_assert_num_queries(QUERIES[path]):
        see(client, path)
    more(20)
    with django_assert_num_queries(QUERIES[path]):
        see(client, path)


# --- filters -------------------------------------------------------------------------------


@pytest.fixture
def three(tamk, seller):
    """A has everything, B is answered for by another, C has nothing."""
    a = organisation(
        "A",
        owner=tamk,
        industry="28290",
        size="medium",
        einvoice_address="003720774740",
        source="Messut",
    )
    OrganisationAddress.objects.create(organisation=a, kind="visiting", city="Tampere")
    Task.objects.create(what="Soita", organisation=a, due_at=NOW - DAY, assignee=seller)
    NamedContact.objects.create(organisation=a, user=seller, chosen="hand")
    b = organisation("B", industry="62100", size="micro")
    other = factories.staff(None, "sales", "other@example.org")
    Task.objects.create(what="Soita", organisation=b, due_at=NOW + DAY, assignee=other)
    NamedContact.objects.create(organisation=b, user=other, chosen="rule")
    organisation("C")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["A", "B", "C"]),
        ({"owner": "tamk"}, ["A"]),
        ({"industry": "28"}, ["A"]),
        ({"size": "micro"}, ["B"]),
        ({"size": "unknown"}, ["C"]),
        ({"city": "tampere"}, ["A"]),
        ({"contact": "me"}, ["A"]),
        ({"contact": "none"}, ["C"]),
        ({"tasks": "open"}, ["A", "B"]),
        ({"tasks": "late"}, ["A"]),
        ({"tasks": "mine"}, ["A"]),
        ({"einvoice": "yes"}, ["A"]),
        ({"einvoice": "no"}, ["B", "C"]),
        ({"source": "messut"}, ["A"]),
        ({"tasks": "open", "size": "micro"}, ["B"]),
        ({"sort": "-name"}, ["C", "B", "A"]),
        ({"sort": "password"}, ["A", "B", "C"]),
        ({"name__startswith": "A"}, ["A", "B", "C"]),
    ],
    ids=str,
)
def test_organisations_are_filtered(client, three, query, found):
    assert names(see(client, ORGANISATIONS, **query)) == found


@pytest.mark.parametrize(
    "query",
    [
        {"owner": "nobody"},
        {"industry": "x"},
        {"size": "huge"},
        {"contact": "9" * 30},
        {"city": "x" * 81},
        {"tasks": "'; DROP TABLE crm_organisation; --"},
    ],
    ids=str,
)
def test_a_filter_that_cannot_be_read_lists_nothing_and_says_so(client, three, query):
    page = see(client, ORGANISATIONS, **query)
    assert "A filter cannot be read" in text(page, 400)
    assert not body(page, 400).xpath("//tr[@data-row]")


def test_a_filter_that_is_on_can_be_taken_off(client, three):
    (chip,) = body(see(client, ORGANISATIONS, size="micro", city="")).xpath(
        "//ul[@class='chips']//a[contains(., 'Size')]"
    )
    assert "Size: under 10 people" in chip.text_content()
    assert chip.get("href") == f"{ORGANISATIONS}?"


@pytest.fixture
def two(seller):
    """Anna decides at Konepaja, permits the newsletter on digi; Bo is Swedish, a general address."""
    konepaja = factories.organisation("Konepaja Oy")
    anna = factories.contact(name="Anna A", at=konepaja, card={"languages": ["en"]})
    anna.affiliations.update(decision_power="decides")
    factories.grant(anna, topic=factories.topic("digi"))
    Task.objects.create(what="Soita", person=anna, due_at=NOW + DAY)
    NamedContact.objects.create(person=anna, user=seller, chosen="hand")
    factories.contact(name="Bo B", language="sv", kind="organisation", card={"source": "Messut"})
    return konepaja


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Anna A", "Bo B"]),
        ({"decision": "decides"}, ["Anna A"]),
        ({"language": "sv"}, ["Bo B"]),
        ({"language": "en"}, ["Anna A"]),
        ({"topic": "digi"}, ["Anna A"]),
        ({"kind": "organisation"}, ["Bo B"]),
        ({"contact": "me"}, ["Anna A"]),
        ({"contact": "none"}, ["Bo B"]),
        ({"tasks": "open"}, ["Anna A"]),
        ({"source": "messut"}, ["Bo B"]),
        ({"sort": "added"}, ["Anna A", "Bo B"]),
        ({"sort": "-added"}, ["Bo B", "Anna A"]),
    ],
    ids=str,
)
def test_people_are_filtered(client, two, query, found):
    ContactPerson.objects.filter(person__name="Bo B").update(created_at=timezone.now() + DAY)
    assert names(see(client, PEOPLE, **query)) == found


def test_people_of_an_organisation(client, two):
    page = see(client, PEOPLE, organisation=two.pk)
    assert names(page) == ["Anna A"]
    assert "Organisation: Konepaja Oy" in text(page)


def test_a_subscriber_is_not_in_the_register(client, seller):
    factories.person(name="Tilaaja")
    assert "0 people" in text(see(client, PEOPLE))


# --- columns -------------------------------------------------------------------------------


def headings(page):
    cells = body(page).xpath("//table//th[@scope='col']")
    return [" ".join(each.text_content().split()) for each in cells][1:]


def test_columns_are_chosen_in_the_address_and_remembered(client, three):
    usual = ["Name", "Business ID", "City", "Named contact", "People", "Open tasks"]
    assert headings(see(client, ORGANISATIONS)) == usual
    chosen = see(client, ORGANISATIONS, columns=["size", "owner", "nonsense"])
    assert headings(chosen) == ["Name", "Size", "Owner institution"]
    assert headings(see(client, ORGANISATIONS)) == ["Name", "Size", "Owner institution"]
    assert headings(see(client, PEOPLE)) != ["Name"]


def test_no_column_that_is_known_brings_the_usual_ones_back(client, three):
    see(client, ORGANISATIONS, columns="size")
    see(client, ORGANISATIONS, columns="nonsense")
    assert len(headings(see(client, ORGANISATIONS))) == 6


@pytest.mark.parametrize(
    ("path", "columns"), [(ORGANISATIONS, organisations.COLUMNS), (PEOPLE, people.COLUMNS)]
)
def test_every_column_can_be_shown(client, seller, path, columns):
    factories.contact(at=factories.organisation())
    page = see(client, path, columns=[each.name for each in columns])
    assert headings(page) == [str(each.label) for each in columns]


def test_a_heading_sorts_the_other_way_round_when_pressed_again(client, three):
    (link,) = body(see(client, ORGANISATIONS)).xpath("//th[@aria-sort='ascending']/a/@href")
    assert link == f"{ORGANISATIONS}?sort=-name"
    (link,) = body(client.get(link)).xpath("//th[@aria-sort='descending']/a/@href")
    assert link == f"{ORGANISATIONS}?sort=name"


# --- who is not seen -----------------------------------------------------------------------


@pytest.fixture
def restricted():
    """Somebody whose data is only stored."""
    konepaja = factories.organisation("Konepaja Oy")
    person = factories.contact(name="Salla Salainen", at=konepaja)
    ledger.restrict(person, method="form")
    return person


def test_a_restricted_person_is_in_no_list(client, seller, restricted):
    assert "Salainen" not in text(see(client, PEOPLE))
    assert "The data of 1 person is only stored" in text(see(client, PEOPLE))
    row = body(see(client, ORGANISATIONS)).xpath("//td[@data-label='People']")
    assert row[0].text_content().strip() == "0"


def test_a_restricted_person_is_not_edited(client, seller, restricted):
    assert client.get(f"{PEOPLE}{restricted.pk}/edit/").status_code == 404


def test_who_handles_restricted_people_sees_and_filters_them(client, manager, restricted):
    factories.contact(name="Anna A")
    assert names(see(client, PEOPLE)) == ["Anna A", "Salla Salainen"]
    assert names(see(client, PEOPLE, restricted="yes")) == ["Salla Salainen"]
    assert names(see(client, PEOPLE, restricted="no")) == ["Anna A"]


def test_a_released_person_is_seen_again(client, seller, restricted):
    ledger.release(restricted, method="form")
    assert names(see(client, PEOPLE)) == ["Salla Salainen"]


# --- for htmx ------------------------------------------------------------------------------


def test_htmx_gets_the_list_alone_and_a_short_address(client, three):
    query = {"size": "micro", "city": "", "after": "1"}
    page = client.get(ORGANISATIONS, query, headers={**ENGLISH, "hx-request": "true"})
    assert page.headers["HX-Push-Url"] == f"{ORGANISATIONS}?size=micro"
    assert "HX-Request" in page.headers["Vary"]
    assert b"<h1" not in page.content
    assert b'id="status"' in page.content
