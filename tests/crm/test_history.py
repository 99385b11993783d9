"""The timeline is one: what lies in crm and below it, by moment, a page at a time, as fast as ever it grows (C2.1)."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import prefetch_related_objects

from consent import erasure, subjects
from consent.models import SubjectRequest
from crm import events, history, notes, timeline
from crm.history import (
    BOUNCE,
    DELIVERY,
    ENCOUNTER,
    EVENT,
    INBOUND,
    REQUEST,
    Key,
    Narrowed,
    key_from,
)
from crm.models import Affiliation, Encounter
from crm.notes import Note
from mailing import outbox
from mailing.models import Bounce, Delivery, InboundMail
from tests import factories
from tests.crm.conftest import days_ago, dom, page_of, see
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

HOUR = timedelta(hours=1)


def inbound(person, **fields):
    values = {"kind": "reply", "sender": "anna@konepaja.fi", "subject": "Re: Koulutus"}
    number = InboundMail.objects.count()
    return InboundMail.objects.create(
        **{**values, "text": "Kiitos!", "size": 9, "digest": f"{number:064}", **fields},
        person=person,
    )


@pytest.fixture
def everything(anna, seller, set_clock):
    """One event of every source, an hour apart, the encounter last."""
    moments = iter(NOW - HOUR * (6 - no) for no in range(6))
    set_clock(next(moments))
    erasure.receive(subjects.known_by("anna@konepaja.fi"), SubjectRequest.Right.ACCESS)
    set_clock(next(moments))
    letter = outbox.queue("mailing/preferences", anna, {})
    set_clock(next(moments))
    Bounce.objects.create(delivery=letter, kind="hard", status="5.1.1")
    set_clock(next(moments))
    inbound(anna)
    set_clock(next(moments))
    factories.grant(anna)
    set_clock(next(moments))
    notes.add(Note("crm.call", "Soitin"), person=anna, by=seller)
    set_clock(NOW)


# --- from everywhere, by moment -------------------------------------------------------------------


def test_all_sources_stand_in_one_line_the_newest_first(anna, everything):
    found = history.page(anna)
    assert [key.source for key in found.keys] == [
        ENCOUNTER,
        EVENT,
        INBOUND,
        BOUNCE,
        DELIVERY,
        REQUEST,
    ]
    assert [key.at for key in found.keys] == [NOW - no * HOUR for no in range(1, 7)]
    assert found.older is None


def test_a_page_is_one_query_and_each_kind_of_row_another(
    anna, seller, everything, django_assert_num_queries
):
    prefetch_related_objects([seller], "staff_roles")  # as every staff page does
    with django_assert_num_queries(2):  # the person's addresses, and the page
        keys = history.page(anna).keys
    with django_assert_num_queries(7):  # six kinds, and files
        lines = events.lines(keys, seller)
    assert len(lines) == 6


def test_in_words_on_the_page(client, seller, anna, everything):
    seen = see(client, anna)
    for words in (
        "Call Soitin Matti Myyjä",
        "Permission given: Newsletter, e-mail on a form · customer",
        "Mail to us: Re: Koulutus Kiitos! customer",
        "Mail does not arrive: Bringing the link to the preference centre",
        "Mail from us: Bringing the link to the preference centre that was asked for queued · portal",
        "Request on own data: Access, Article 15 to be answered · customer",
    ):
        assert words in seen


def test_staff_customer_and_portal_are_told_apart(client, seller, anna, everything):
    timeline.record("courses.enrolled", person=anna, title="Tekoäly")
    page = dom(client.get(page_of(anna)))
    found = [each.get("class").split()[1] for each in page.cssselect(".event")]
    assert found == [
        *("event--system", "event--staff", "event--customer", "event--customer"),
        *("event--system", "event--system", "event--customer"),
    ]


def test_a_fact_that_is_missing_is_a_dash_and_an_unknown_kind_its_name(client, seller, anna):
    Encounter.objects.create(kind="courses.enrolled", person=anna)
    Encounter.objects.create(kind="gone.kind", person=anna, data={"title": "x"})
    seen = see(client, anna)
    assert "Enrolled: –" in seen
    assert "gone.kind" in seen


def test_what_others_do_is_not_there(anna, everything):
    other = factories.person("toinen@example.org")
    timeline.record("courses.enrolled", person=other, title="x")
    inbound(other)
    factories.grant(other)
    assert len(history.page(anna).keys) == 6
    assert {key.source for key in history.page(other).keys} == {ENCOUNTER, EVENT, INBOUND}


# --- a page at a time ---------------------------------------------------------------------------


def encounters(of, count, **fields):
    """That many notes, two at each moment."""
    Encounter.objects.bulk_create(
        Encounter(kind="crm.note", person=of, text=f"Nro {no}", at=days_ago(no // 2), **fields)
        for no in range(count)
    )


def test_pages_follow_each_other_without_a_gap_or_a_repeat(anna):
    encounters(anna, 120)
    for day in range(30):
        mail = outbox.queue("mailing/preferences", anna, {})
        Delivery.objects.filter(pk=mail.pk).update(due_at=days_ago(day))
    keys, before = [], None
    while True:
        page = history.page(anna, before=before)
        keys += page.keys
        before = page.older
        if before is None:
            break
        assert len(page.keys) == 50
    assert len(keys) == len(set(keys)) == 150
    assert keys == sorted(keys, reverse=True)


def test_what_comes_meanwhile_shifts_nothing(anna):
    encounters(anna, 60)
    first = history.page(anna)
    encounters(anna, 10)
    second = history.page(anna, before=first.older)
    assert not set(first.keys) & set(second.keys)


def test_the_page_has_a_way_to_the_older_ones_and_back(client, seller, anna):
    encounters(anna, 60)
    page = dom(client.get(page_of(anna)))
    (older,) = page.xpath("//a[@rel='next']/@href")
    assert len(page.cssselect(".event")) == 50
    second = dom(client.get(page_of(anna) + older.partition("#")[0]))
    assert len(second.cssselect(".event")) == 10
    assert second.xpath("//a[@rel='next']") == []


@pytest.mark.parametrize(
    "before",
    [
        *("", "x", "1-2", "1-2-3-4", "-1-2-3", "1-2-x", "²-1-1", "9" * 19 + "-1-1"),
        *("9" * 18 + "-1-1", "1-999999999999999999-1", "' OR 1=1 --"),
    ],
)
def test_a_place_in_the_line_that_is_none_is_the_beginning(client, seller, anna, before):
    encounters(anna, 1)
    answer = client.get(page_of(anna), {"before": before})
    assert answer.status_code == 200
    assert key_from("1-2-3") == Key(history.EPOCH + timedelta(microseconds=1), 2, 3)


def test_a_key_is_read_as_it_is_written():
    key = Key(NOW + timedelta(microseconds=7), 4, 123)
    assert key_from(str(key)) == key


# --- filters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("narrowed", "sources"),
    [
        (Narrowed(kind="crm.call"), [ENCOUNTER]),
        (Narrowed(kind="crm.visit"), []),
        (Narrowed(kind="portal"), [ENCOUNTER]),
        (Narrowed(kind="permissions"), [EVENT]),
        (Narrowed(kind="requests"), [REQUEST]),
        (Narrowed(kind="sent"), [BOUNCE, DELIVERY]),
        (Narrowed(kind="received"), [INBOUND]),
        (Narrowed(channel="phone"), [ENCOUNTER]),
        (Narrowed(channel="email"), [INBOUND, BOUNCE, DELIVERY]),
        (Narrowed(channel="web"), [EVENT]),
        (Narrowed(who="staff"), [ENCOUNTER]),
        (Narrowed(who="customer"), [EVENT, INBOUND, REQUEST]),
        (Narrowed(who="system"), [ENCOUNTER, BOUNCE, DELIVERY]),
        (Narrowed(who="customer", channel="email"), [INBOUND]),
        (Narrowed(kind="crm.call", who="customer"), []),
        (Narrowed(kind="requests", channel="email"), []),
    ],
    ids=str,
)
def test_the_timeline_is_narrowed_by_kind_channel_and_who(anna, everything, narrowed, sources):
    timeline.record("courses.enrolled", person=anna, title="Tekoäly")
    assert [key.source for key in history.page(anna, narrowed).keys] == sources


def test_filters_stand_in_the_address_and_stay_while_paging(client, seller, anna):
    encounters(anna, 60)
    timeline.record("courses.enrolled", person=anna, title="Tekoäly")
    page = dom(client.get(page_of(anna), {"kind": "crm.note", "who": "staff"}))
    assert page.xpath("//select[@name='kind']/option[@selected]/@value") == ["crm.note"]
    (older,) = page.xpath("//a[@rel='next']/@href")
    assert "kind=crm.note" in older
    assert "who=staff" in older
    assert len(page.cssselect(".event")) == 50


@pytest.mark.parametrize("name", ["kind", "channel", "who"])
@pytest.mark.parametrize("value", ["x' OR 1=1", "by__password", "x" * 3000])
def test_a_filter_nobody_offers_narrows_nothing(client, seller, anna, name, value):
    encounters(anna, 1)
    page = dom(client.get(page_of(anna), {name: value}))
    assert len(page.cssselect(".event")) == 1


def test_an_empty_answer_says_so(client, seller, anna):
    assert "Nothing has happened yet." in see(client, anna)
    assert "Nothing of the kind has happened." in see(client, anna, kind="crm.fair")


# --- an organisation's ----------------------------------------------------------------------------


def shown(organisation):
    keys = history.page(organisation).keys
    return [Encounter.objects.get(pk=key.pk).text for key in keys if key.source == ENCOUNTER]


def test_what_names_the_organisation_is_its(konepaja, anna, seller):
    notes.add(Note("crm.visit", "Käynti"), organisation=konepaja, by=seller)
    notes.add(Note("crm.call", "Puhelu"), person=anna, organisation=konepaja, by=seller)
    assert shown(konepaja) == ["Puhelu", "Käynti"]


def test_what_staff_wrote_of_its_people_is_shown_for_the_time_they_belonged_to_it(
    konepaja, anna, seller
):
    Affiliation.objects.update(since=days_ago(20), until=days_ago(10))
    for days in (25, 20, 15, 10, 5):
        notes.add(Note("crm.call", f"{days}", at=days_ago(days)), person=anna, by=seller)
    assert shown(konepaja) == ["15", "20"]


def test_learning_bought_privately_is_not_the_employers_to_see(client, seller, konepaja, anna):
    Affiliation.objects.update(since=days_ago(20))
    timeline.record("courses.enrolled", person=anna, title="Oma harrastus")
    timeline.record("courses.enrolled", person=anna, organisation=konepaja, title="Työn kurssi")
    seen = see(client, konepaja)
    assert "Enrolled: Työn kurssi" in seen
    assert "Oma harrastus" not in seen


def test_neither_permissions_nor_mail_nor_requests_of_its_people_are_shown(
    konepaja, anna, everything
):
    Affiliation.objects.update(since=days_ago(20))
    assert {key.source for key in history.page(konepaja).keys} == {ENCOUNTER}


def test_a_sensitive_note_of_its_people_is_theirs_alone(konepaja, anna, seller):
    Affiliation.objects.update(since=days_ago(20))
    notes.add(Note("crm.call", "Terveys", visibility="sensitive"), person=anna, by=seller)
    assert shown(konepaja) == []


def test_with_two_employers_what_names_neither_is_the_primary_ones(konepaja, anna, seller):
    Affiliation.objects.update(since=days_ago(20))
    other = factories.organisation("Toinen Oy", anna)
    notes.add(Note("crm.call", "Kumman?"), person=anna, by=seller)
    assert (shown(konepaja), shown(other)) == ([], [])
    Affiliation.objects.filter(organisation=other).update(is_primary=True)
    assert (shown(konepaja), shown(other)) == ([], ["Kumman?"])


def test_mail_and_permissions_of_its_general_address_are_its(konepaja, anna):
    info = factories.person("info@konepaja.fi", kind="organisation")
    Affiliation.objects.create(person=info, organisation=konepaja, since=days_ago(9))
    inbound(info, sender="info@konepaja.fi")
    factories.grant(info)
    outbox.queue("mailing/preferences", info, {})
    assert {key.source for key in history.page(konepaja).keys} == {INBOUND, EVENT, DELIVERY}


def test_two_ways_to_the_same_encounter_show_it_once(konepaja, anna, seller):
    Affiliation.objects.update(since=days_ago(20), until=days_ago(1))
    Affiliation.objects.create(
        person=anna, organisation=konepaja, since=days_ago(20), until=days_ago(2)
    )
    notes.add(Note("crm.call", "Kerran", at=days_ago(5)), person=anna, by=seller)
    assert shown(konepaja) == ["Kerran"]


# --- how fast -------------------------------------------------------------------------------------


@pytest.fixture
def busy(anna, seller):
    """5,000 encounters, 5,000 deliveries and 500 mails of one person, among as many of others."""
    others = [factories.person() for _ in range(20)]
    kinds = [kind.name for kind in timeline.written()]
    everybody = [anna, *others]
    for who in everybody:
        count = 5000 if who is anna else 250
        Encounter.objects.bulk_create(
            Encounter(
                kind=kinds[no % 6], person=who, text=f"Nro {no}", by=seller, at=NOW - no * HOUR
            )
            for no in range(count)
        )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH made AS (
              INSERT INTO mailing_message (template, kind, purpose, language, context, secrets, attachments)
              SELECT 'mailing/preferences', 'service', 'service', 'fi', '{}', '{}', '[]'
              FROM generate_series(1, 5000) RETURNING id)
            INSERT INTO mailing_delivery (message_id, person_id, address, internet_message_id, state, is_bulk, due_at)
            SELECT id, %(person)s, '', 'm' || id, 'queued', false, %(now)s - id * interval '1 hour' FROM made
            """,
            {"person": anna.pk, "now": NOW},
        )
        cursor.execute(
            """
            INSERT INTO mailing_inboundmail (received_at, kind, person_id, sender, subject, text, size, digest)
            SELECT %(now)s - no * interval '1 day', 'reply', person, '', '', '', 1, person || '/' || no
            FROM generate_series(1, 500) no CROSS JOIN unnest(%(people)s) person
            """,
            {"people": [each.pk for each in everybody], "now": NOW},
        )
        cursor.execute("ANALYZE crm_encounter, mailing_delivery, mailing_inboundmail")


def plan_of(customer, before=None):
    statement, values = history.statement_for(customer, Narrowed(), before)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        (found,) = cursor.fetchone()
    return found[0] if isinstance(found, list) else json.loads(found)[0]


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def test_a_page_of_five_thousand_is_read_from_the_indexes(anna, busy):
    """No sort of more than a page of each source, no table read through: the cost does not grow with the history."""
    for before in (None, Key(NOW - 2500 * HOUR, ENCOUNTER, 1)):
        assert_is_read_from_indexes(plan_of(anna, before))


def assert_is_read_from_indexes(found):
    every = list(nodes(found["Plan"]))
    assert {node["Index Name"] for node in every if "Index Name" in node} >= {
        "encounter_timeline",
        "delivery_of_person",
        "inbound_of_person",
    }
    large = {"crm_encounter", "mailing_delivery", "mailing_inboundmail"}
    read_through = [
        node["Relation Name"]
        for node in every
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in large
    ]
    assert read_through == []
    sorted_rows = [node["Actual Rows"] for node in every if "Sort" in node["Node Type"]]
    assert max(sorted_rows) <= 6 * (history.ON_PAGE + 1)
    assert found["Execution Time"] < 50  # milliseconds; 3 where it was measured alone


def test_without_the_index_all_of_it_would_be_sorted(anna, busy):
    """The control."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("DROP INDEX delivery_of_person")
    every = list(nodes(plan_of(anna)["Plan"]))
    sorts = [node for node in every if node["Node Type"] == "Sort"]
    assert max(child["Actual Rows"] for node in sorts for child in node["Plans"]) == 5000
