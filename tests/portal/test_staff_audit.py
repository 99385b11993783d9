"""Staff read who changed a record, when, and from what to what (E3.1)."""

import pytest
from lxml import html

from accounts.audit import audited
from accounts.models import StaffRole
from accounts.roles import TABLE, Permission, Role
from courses.models import Course
from crm import tray
from crm.models import Affiliation, ContactPhone, Encounter, Look, Organisation
from mailing.models import InboundMail
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def tamk():
    return factories.institution("tamk")


@pytest.fixture
def manager(client, tamk):
    user = factories.staff(tamk, "manager")
    client.force_login(user)
    return user


def page_of(thing):
    return f"/staff/audit/{thing._meta.label_lower}/{thing.pk}/"


def see(client, thing, **query):
    answer = client.get(page_of(thing), query, headers={"accept-language": "en"})
    assert answer.status_code == 200
    main = html.fromstring(answer.content).find(".//main")
    return " ".join(main.text_content().split()).replace("\xa0", " ")


def lines(client, thing):
    """Each change as its heading and rows of cells."""
    answer = client.get(page_of(thing), headers={"accept-language": "en"})
    sections = html.fromstring(answer.content).xpath("//section[h2[starts-with(@id, 'change-')]]")

    def words(element):
        return " ".join(element.text_content().split()).replace("\xa0", " ")

    return [
        (
            words(each.find("h2")),
            [[words(cell) for cell in row] for row in each.iterfind(".//tbody/tr")],
        )
        for each in sections
    ]


# --- who comes in ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_only_roles_that_see_the_audit_do(client, tamk, role):
    client.force_login(factories.staff(tamk, role))
    firm = factories.organisation()
    expected = 200 if Permission.SEE_AUDIT in TABLE[role] else 403
    assert client.get(page_of(firm)).status_code == expected


def test_another_institutions_course_is_not_found(client, manager, tamk):
    other = factories.institution("tty")
    own, foreign = (factories.course(institution=each) for each in (tamk, other))
    assert client.get(page_of(own)).status_code == 200
    assert client.get(page_of(foreign)).status_code == 404
    StaffRole.objects.create(user=manager, institution=other, role=Role.AUDITOR)
    assert client.get(page_of(foreign)).status_code == 200


def test_shared_places_are_for_staff_over_all(client, manager):
    shared = factories.venue()
    assert client.get(page_of(shared)).status_code == 404
    client.force_login(factories.staff(None, "auditor"))
    assert client.get(page_of(shared)).status_code == 200


def test_notes_are_for_those_who_may_read_sensitive_ones(client, tamk, manager, monkeypatch):
    note = Encounter.objects.create(kind="crm.note", person=factories.person(), text="Herkkä")
    assert "Herkkä" in see(client, note)
    monkeypatch.setitem(TABLE, Role.MANAGER, TABLE[Role.MANAGER] - {Permission.SEE_SENSITIVE_NOTES})
    assert client.get(page_of(note)).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["crm.organisation/0/", "crm.nothing/1/", "auth.group/1/", f"crm.organisation/{10**30}/"],
)
def test_what_is_not_audited_is_not_found(client, manager, path):
    assert client.get(f"/staff/audit/{path}").status_code == 404


# --- what they read -------------------------------------------------------------------------


def test_a_change_is_told_with_who_before_and_after(client, manager):
    firm = factories.organisation("Konepaja Oy")
    client.post(
        f"/staff/organisations/{firm.pk}/edit/",
        {"name": "Konepaja Oyj", "business_id": "0112038-9", "version": firm.version},
    )
    Organisation.objects.filter(pk=firm.pk).update(size="small")
    newest, middle, oldest = lines(client, firm)
    assert newest[1] == [["Size", "–", "10–49 people"]]
    assert middle[0] == "Liisa Virtanen · changed · Mon 23 Nov 2026 12:00"
    assert middle[1][:2] == [
        ["Name", "Konepaja Oy", "Konepaja Oyj"],
        ["Business ID", "–", "0112038-9"],
    ]
    assert oldest[0] == "not known · made · Mon 23 Nov 2026 12:00"
    assert ["Name", "–", "Konepaja Oy"] in oldest[1]


def test_what_it_points_to_is_named(client, manager, tamk):
    firm, anna = factories.organisation("Konepaja Oy"), factories.person(name="Anna Virtanen")
    role = Affiliation.objects.create(person=anna, organisation=firm, since=NOW - DAY)
    role.rights = "admin"
    role.save()
    newest, oldest = lines(client, role)
    assert newest[1] == [["Rights", "member", "administrator"]]
    assert ["Person", "–", "Anna Virtanen"] in oldest[1]
    assert ["Organisation", "–", "Konepaja Oy"] in oldest[1]


def test_a_deleted_record_can_still_be_read(client, manager):
    firm = factories.organisation("Konepaja Oy")
    page, key = page_of(firm), firm.pk
    firm.delete()
    answer = client.get(page, headers={"accept-language": "en"})
    assert f"number {key}, deleted" in " ".join(answer.content.decode().split())


def test_reading_of_a_persons_deleted_record_is_a_look_at_them(client, manager):
    anna = factories.person(name="Anna Virtanen")
    role = Affiliation.objects.create(person=anna, organisation=factories.organisation())
    page = page_of(role)
    role.delete()
    assert "Anna Virtanen" in client.get(page).content.decode()
    assert list(Look.objects.values_list("person", "by")) == [(anna.pk, manager.pk)]


def test_so_is_that_of_a_number_that_was_theirs(client, manager):
    card = factories.contact(name="Anna Virtanen").contact_card
    number = ContactPhone.objects.create(contact=card, number="+358401234567")
    page = page_of(number)
    number.delete()
    assert client.get(page).status_code == 200
    assert list(Look.objects.values_list("person", flat=True)) == [card.person_id]


def test_who_of_staff_is_named_is_not_looked_at(client, manager, tamk):
    course = factories.course(
        institution=tamk, contact=factories.staff(tamk, "sales", name="Saara")
    )
    assert "Saara" in see(client, course)
    assert not Look.objects.exists()


def test_a_record_from_before_says_that_nothing_has_changed(client, manager, tamper):
    firm = factories.organisation("Konepaja Oy")
    tamper("DELETE FROM crm_organisationchange")
    assert "Nothing has changed since" in see(client, firm)
    Organisation.objects.update(name="Konepaja Oyj")
    assert "What stood there before is no longer kept." in see(client, firm)


def test_a_long_history_goes_on(client, manager, monkeypatch):
    monkeypatch.setattr("portal.trail.ON_PAGE", 2)
    firm = factories.organisation("Nimi 0")
    for number in range(1, 5):
        Organisation.objects.update(name=f"Nimi {number}")
    first = see(client, firm)
    assert ("Nimi 3 Nimi 4" in first, "Nimi 1 Nimi 2" in first) == (True, False)
    changes = audited["crm.organisation"].changes.objects.order_by("-pgh_id")
    second = see(client, firm, before=changes[1].pgh_id)
    assert "Nimi 1 Nimi 2" in second
    assert "Nimi 0 Nimi 1" in second


def test_it_asks_the_same_however_long_the_history(
    client, manager, tamk, django_assert_num_queries
):
    course = factories.course(institution=tamk)
    for number in range(20):
        course.contact = factories.user(name=f"Yhteyshenkilö {number}")
        course.save()
    client.get(page_of(course))
    with django_assert_num_queries(QUERIES):
        client.get(page_of(course))


QUERIES = 9


# --- what belongs to it -----------------------------------------------------------------------


def test_the_changes_of_what_belongs_to_a_record_are_led_to(client, manager):
    card = factories.contact(name="Anna Virtanen").contact_card
    number = ContactPhone.objects.create(contact=card, number="+358401234567")
    body = client.get(page_of(card.person)).content.decode()
    assert page_of(card) in body
    assert page_of(number) not in body
    assert page_of(number) in client.get(page_of(card)).content.decode()


def test_not_those_of_what_the_reader_may_not_see(client, manager, tamk, monkeypatch):
    note = Encounter.objects.create(kind="crm.note", person=factories.person(), text="Herkkä")
    page = page_of(note.person)
    assert page_of(note) in client.get(page).content.decode()
    monkeypatch.setitem(TABLE, Role.MANAGER, TABLE[Role.MANAGER] - {Permission.SEE_SENSITIVE_NOTES})
    assert page_of(note) not in client.get(page).content.decode()


def test_nor_those_of_another_institution(client, manager, tamk):
    other, user = factories.institution("tty"), factories.user()
    own, foreign = (
        StaffRole.objects.create(user=user, institution=each, role="sales")
        for each in (tamk, other)
    )
    body = client.get(page_of(user)).content.decode()
    assert (page_of(own) in body, page_of(foreign) in body) == (True, False)


def test_of_many_the_newest_are_shown(client, manager, monkeypatch):
    monkeypatch.setattr("portal.parts.MOST", 2)
    firm = factories.organisation("Konepaja Oy")
    names = [firm.names.create(name=f"Nimi {number}", kind="short") for number in range(3)]
    body = client.get(page_of(firm)).content.decode()
    assert [page_of(each) in body for each in names] == [False, True, True]
    assert "2+" in body


def test_who_filed_a_letter_with_whom_is_told_also_when_it_moved(client, manager):
    anna, bo = factories.person(name="Anna Virtanen"), factories.person(name="Bo Ek")
    letter = InboundMail.objects.create(kind="reply", sender="a@b.fi", size=1, digest="1")
    filing = tray.file(letter, anna, by=manager, version=tray.version_of(letter))
    saara = factories.staff(None, "sales", name="Saara")
    letter.refresh_from_db()
    tray.file(letter, bo, by=saara, version=tray.version_of(letter))
    assert ["Person", "Anna Virtanen", "Bo Ek"] in lines(client, letter)[0][1]
    assert ["Person", "–", "Anna Virtanen"] in lines(client, letter)[1][1]
    assert ["By", "Liisa Virtanen", "Saara"] in lines(client, filing)[0][1]
    assert page_of(filing) in client.get(page_of(letter)).content.decode()


def test_the_permission_page_leads_there_for_those_who_may(client, manager, tamk):
    anna = factories.person()
    page = f"/staff/people/{anna.pk}/permission/"
    assert page_of(anna) in client.get(page).content.decode()
    client.force_login(factories.staff(tamk, "sales"))
    assert page_of(anna) not in client.get(page).content.decode()


def test_and_so_does_the_administration(client, manager, tamk):
    course = factories.course(institution=tamk)
    page = client.get(f"/admin/courses/course/{course.pk}/change/").content.decode()
    assert page_of(course) in page
    assert Course.objects.count() == 1
