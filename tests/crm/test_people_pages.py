"""Adding and editing people, their phones, roles and situations in the workbench (C1.1)."""

import pytest
from lxml import html

from accounts.models import User
from accounts.roles import TABLE, Permission, Role
from consent import ledger, people, suppression
from consent.models import Person
from crm import affiliations, contacts
from crm.affiliations import Part
from crm.contacts import Card
from crm.models import Affiliation, ContactPerson, ContactPhone, Situation
from tests import factories
from tests.crm.pages import body, form_of, text
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db

LIST = "/staff/people/"
NEW = f"{LIST}new/"
ENGLISH = {"accept-language": "en"}
TYPED = {
    "kind": "natural",
    "name": "Anna Virtanen",
    "email": "Anna@example.org",
    "phone": "040 123 4567",
    "title": "kehitysjohtaja",
    "language": "fi",
    "languages": ["fi", "en"],
    "source": "Messut",
    "told_by": "person",
    "basis": "interest",
}


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
def konepaja():
    return factories.organisation("Konepaja Oy")


@pytest.fixture
def anna(konepaja):
    card = Card(name="Anna Virtanen", title="johtaja", languages=("fi",), source="Messut")
    made = contacts.create("anna@example.org", card, by=None)
    affiliations.begin(made.person, konepaja, Part(), since=NOW - DAY, by=None)
    return made


@pytest.fixture
def role(anna):
    return anna.person.affiliations.get()


def edit_of(contact):
    return f"{LIST}{contact.pk}/edit/"


def send(client, path, values):
    return client.post(path, values, headers=ENGLISH)


def prefixed(prefix, values):
    return {f"{prefix}-{name}": value for name, value in values.items()}


# --- who comes in --------------------------------------------------------------------------


@pytest.mark.parametrize("staff_role", [None, *Role])
def test_every_role_does_what_the_table_gives(client, staff_role, tamk, anna, role):
    user = factories.staff(tamk, staff_role) if staff_role else factories.user()
    client.force_login(user)
    allowed = TABLE[staff_role] if staff_role else frozenset()
    sees, edits = Permission.SEE_CUSTOMERS in allowed, Permission.EDIT_CUSTOMERS in allowed
    for path in (LIST, f"{LIST}{anna.pk}/"):
        assert client.get(path).status_code == (200 if sees else 403)
    for path in (NEW, edit_of(anna), f"/staff/roles/{role.pk}/"):
        assert client.get(path).status_code == (200 if edits else 403)
    for rest in ("phones/", "roles/", "situations/", "phones/1/remove/"):
        assert (client.post(f"{LIST}{anna.pk}/{rest}").status_code == 403) is not edits
    other = {**TYPED, "name": "Bo Berg", "email": "bo@example.org"}
    assert send(client, NEW, other).status_code == (302 if edits else 403)


def test_pages_of_nobody_are_404(client, seller):
    for path in (f"{LIST}999/", f"{LIST}999/edit/", "/staff/roles/999/", "/staff/situations/999/"):
        assert client.get(path).status_code == 404


# --- adding --------------------------------------------------------------------------------


def test_a_person_is_added_with_phone_and_role(client, seller, konepaja):
    answer = send(client, NEW, {**TYPED, "organisation": "konepaja oy"})
    card = ContactPerson.objects.get()
    assert answer.headers["Location"] == f"{LIST}{card.pk}/"
    assert contacts.facts_of(card) == Card(
        name="Anna Virtanen",
        title="kehitysjohtaja",
        languages=("fi", "en"),
        source="Messut",
    )
    assert card.person.email == "anna@example.org"
    assert ContactPhone.objects.get().number == "+358401234567"
    role = Affiliation.objects.get()
    assert (role.organisation, role.title) == (konepaja, "kehitysjohtaja")


def test_a_general_address_is_added(client, seller, konepaja):
    typed = {**TYPED, "kind": "organisation", "name": "", "email": "info@konepaja.fi", "phone": ""}
    assert send(client, NEW, {**typed, "organisation": "Konepaja Oy"}).status_code == 302
    assert Person.objects.get(contact_card__isnull=False).kind == "organisation"


@pytest.mark.parametrize(
    ("typed", "since"),
    [
        ({}, None),
        ({"told_by": "others", "basis": "contract"}, NOW),
        ({"told_by": "others", "kind": "organisation", "organisation": "Konepaja Oy"}, None),
    ],
    ids=["themself", "others", "a general address"],
)
def test_it_is_kept_who_told_us_and_on_what_ground(client, seller, konepaja, typed, since):
    assert send(client, NEW, {**TYPED, **typed}).status_code == 302
    card = ContactPerson.objects.get()
    assert (card.from_others_at, card.basis) == (since, typed.get("basis", "interest"))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"email": ""}, "This field is required"),
        ({"email": "anna"}, "valid email address"),
        ({"email": "Anna <anna@example.org>"}, "address alone"),
        ({"name": ""}, "Write the person’s name."),
        ({"name": "A\nBcc: x"}, "on one line"),
        ({"phone": "112"}, "not a phone number"),
        ({"language": "xx"}, "not one of the available choices"),
        ({"languages": ["xx"]}, "not one of the available choices"),
        ({"source": ""}, "This field is required"),
        ({"organisation": "Tuntematon"}, "No organisation in the register"),
        ({"kind": "organisation"}, "Say whose general address it is."),
        ({"told_by": ""}, "This field is required"),
        ({"told_by": "x"}, "not one of the available choices"),
        ({"basis": ""}, "This field is required"),
        ({"basis": "consent"}, "not one of the available choices"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(client, seller, wrong, told):
    assert told in text(send(client, NEW, {**TYPED, **wrong}), 422)
    assert not ContactPerson.objects.exists()


@pytest.mark.parametrize(
    ("reason", "told"), [("erased", "was erased on their own request"), ("objected", "objects")]
)
def test_who_must_not_come_back_is_told(client, seller, reason, told):
    suppression.suppress("anna@example.org", reason)
    assert told in text(send(client, NEW, TYPED), 409)
    assert not Person.objects.known_by("anna@example.org").exists()


def test_an_address_that_is_there_leads_to_whose_it_is(client, seller, anna):
    page = body(send(client, NEW, {**TYPED, "phone": ""}), 409)
    assert page.xpath(f"//div[@id='likely']//a[@href='{LIST}{anna.pk}/']")
    assert ContactPerson.objects.count() == 1


def test_of_a_restricted_person_no_more_is_told_than_must(client, seller, anna):
    ledger.restrict(anna.person, method="form")
    page = send(client, NEW, {**TYPED, "phone": ""})
    assert "Their data is only stored" in text(page, 409)
    assert f"{LIST}{anna.pk}/".encode() not in page.content


def test_the_same_phone_is_shown_first_and_the_person_may_be_added(client, seller, anna):
    contacts.add_phone(anna, "+358401234567", "mobile")
    typed = {**TYPED, "email": "other@example.org"}
    page = body(send(client, NEW, typed), 409)
    assert page.xpath(f"//div[@id='likely']//a[@href='{LIST}{anna.pk}/']")
    assert send(client, NEW, {**typed, "is_another": "on"}).status_code == 302


def test_one_is_warned_of_it_while_typing(client, seller, anna):
    found = send(client, f"{LIST}likely/", {"email": "ANNA@example.org", "phone": "x"})
    assert f"{LIST}{anna.pk}/".encode() in found.content
    assert b"<a" not in send(client, f"{LIST}likely/", {"email": "b@example.org"}).content


LIKE = {"name": "Virtanen Anna", "email": "anna.virtanen@gmail.com", "phone": ""}


def test_somebody_like_another_is_told_with_the_reason_and_may_be_added(client, seller, anna):
    page = send(client, NEW, {**TYPED, **LIKE})
    told = body(page, 409).xpath("//div[@id='likely']//li")
    assert [" ".join(each.text_content().split()) for each in told] == [
        "Anna Virtanen the same name"
    ]
    assert ContactPerson.objects.count() == 1
    again = {**form_of(page, status=409), "is_another": "on"}
    assert send(client, NEW, again).status_code == 302
    assert ContactPerson.objects.count() == 2


def test_several_reasons_are_told_the_weightiest_first(client, seller, konepaja, anna):
    typed = {"name": "Anna Wirtanen", "email": "a@gmail.com", "organisation": "Konepaja Oy"}
    assert "Anna Virtanen the same name, roles at the same organisation" in told_of(client, typed)


def told_of(client, typed):
    page = send(client, f"{LIST}likely/", typed)
    assert page.status_code == 200
    return " ".join(html.fromstring(page.content).text_content().split())


def test_a_name_that_many_have_is_not_told(client, seller, anna):
    for number in range(2):
        factories.contact(name="Anna Virtanen", email=f"a{number}@luukku.com")
    assert told_of(client, {"name": "Anna Virtanen", "email": "new@gmail.com"}) == ""


def test_nobody_is_told_of_whom_one_may_not_see(client, seller, tamk, anna):
    factories.person(name="Bo Berg")  # has no card in the register
    assert told_of(client, {"name": "Bo Berg"}) == ""
    assert "Anna Virtanen the same name" in told_of(client, LIKE)
    ledger.restrict(anna.person, method="form")
    assert told_of(client, LIKE) == ""
    client.force_login(factories.staff(tamk, "manager"))
    assert "Anna Virtanen the same name" in told_of(client, LIKE)


@pytest.mark.parametrize("name", ["", "x" * 5000, "A\0B", "%s %(x)s"], ids=ascii)
def test_odd_names_are_like_nobodys(client, seller, anna, name):
    assert told_of(client, {"name": name}) == ""


def test_telling_takes_ten_queries_whatever_is_found(
    client, seller, anna, django_assert_num_queries
):
    send(client, f"{LIST}likely/", LIKE)
    with django_assert_num_queries(10):
        assert "Anna Virtanen" in told_of(client, LIKE)


# --- editing -------------------------------------------------------------------------------


def test_the_form_holds_what_is_known_and_says_nothing_new(client, seller, anna):
    values = form_of(client.get(edit_of(anna)), "/edit/")
    assert (values["email"], values["languages"]) == ("anna@example.org", "fi")
    assert send(client, edit_of(anna), values).status_code == 302
    anna.refresh_from_db()
    assert anna.version == 1


def test_a_change_is_saved_with_the_address(client, seller, anna):
    values = form_of(client.get(edit_of(anna)), "/edit/")
    changed = {**values, "title": "toimitusjohtaja", "email": "Anna@uusi.fi"}
    assert send(client, edit_of(anna), changed).status_code == 302
    card = ContactPerson.objects.get()
    assert (card.title, card.person.email) == ("toimitusjohtaja", "anna@uusi.fi")


@pytest.mark.parametrize("why", ["another’s", "suppressed", "own"])
def test_an_address_that_is_not_taken_changes_nothing(client, seller, anna, why):
    factories.person("taken@example.org")
    suppression.suppress("gone@example.org", "erased")
    if why == "own":
        user = User.objects.create_user("anna@example.org")
        Person.objects.filter(pk=anna.pk).update(user=user)
    email = {"another’s": "taken@example.org", "suppressed": "gone@example.org"}.get(why, "b@c.fi")
    values = form_of(client.get(edit_of(anna)), "/edit/")
    text(send(client, edit_of(anna), {**values, "title": "x", "email": email}), 409)
    card = ContactPerson.objects.get()
    assert (card.title, card.person.email, card.version) == ("johtaja", "anna@example.org", 1)


def test_who_saves_second_sees_both_versions(client, seller, anna):
    values = form_of(client.get(edit_of(anna)), "/edit/")
    people.correct(anna.person, name="Anna Laine", language="sv")
    page = send(client, edit_of(anna), {**values, "title": "toimitusjohtaja", "name": "Anna V."})
    cells = [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in body(page, 409).xpath("//table//tbody/tr")
    ]
    assert cells == [
        ["Name", "Anna Laine", "Anna V."],
        ["Job title", "johtaja", "toimitusjohtaja"],
        ["Language we write in", "svenska", "not touched: theirs is taken over"],
    ]
    again = form_of(page, "/edit/", status=409)
    assert send(client, edit_of(anna), again).status_code == 302
    card = ContactPerson.objects.get()
    assert (card.person.name, card.person.language, card.title) == (
        "Anna V.",
        "sv",
        "toimitusjohtaja",
    )


# --- phones --------------------------------------------------------------------------------


def test_a_phone_is_added_and_removed(client, seller, anna):
    typed = {"number": "03 123 4567", "kind": "work"}
    send(client, f"{LIST}{anna.pk}/phones/", prefixed("phone", typed))
    phone = ContactPhone.objects.get()
    assert (phone.number, phone.kind, phone.is_primary) == ("+35831234567", "work", True)
    for _ in range(2):
        send(client, f"{LIST}{anna.pk}/phones/{phone.pk}/remove/", {})
    assert not ContactPhone.objects.exists()


@pytest.mark.parametrize("number", ["", "112", "x" * 300, "040\x00"])
def test_what_is_no_phone_is_refused(client, seller, anna, number):
    typed = prefixed("phone", {"number": number, "kind": "work"})
    text(send(client, f"{LIST}{anna.pk}/phones/", typed), 422)
    assert not ContactPhone.objects.exists()


def test_another_persons_phone_is_not_removed(client, seller, anna):
    other = contacts.card_of(factories.person())
    phone = contacts.add_phone(other, "+358401234567", "mobile")
    send(client, f"{LIST}{anna.pk}/phones/{phone.pk}/remove/", {})
    assert ContactPhone.objects.get() == phone


# --- roles ---------------------------------------------------------------------------------

ROLE = {"organisation": "Toinen Oy", "title": "neuvoja", "rights": "coordinator"}


def test_a_role_begins_on_a_day(client, seller, anna):
    factories.organisation("Toinen Oy")
    typed = prefixed("role", {**ROLE, "since": "2026-10-01"})
    assert send(client, f"{LIST}{anna.pk}/roles/", typed).status_code == 302
    role = Affiliation.objects.get(organisation__name="Toinen Oy")
    assert (role.title, role.rights) == ("neuvoja", "coordinator")
    assert role.since.isoformat() == "2026-09-30T21:00:00+00:00"


def test_a_second_role_at_one_place_is_refused(client, seller, anna):
    typed = prefixed("role", {**ROLE, "organisation": "Konepaja Oy"})
    page = send(client, f"{LIST}{anna.pk}/roles/", typed)
    assert "has a role there already" in text(page, 409)
    assert Affiliation.objects.count() == 1


def test_a_role_changes_and_the_second_to_save_is_told(client, seller, role):
    path = f"/staff/roles/{role.pk}/"
    values = form_of(client.get(path), path)
    assert send(client, path, {**values, "title": "ensin"}).status_code == 302
    page = send(client, path, {**values, "title": "sitten"})
    assert "Somebody else has saved this meanwhile" in text(page, 409)
    role.refresh_from_db()
    assert role.title == "ensin"
    assert send(client, path, form_of(page, path, status=409)).status_code == 302
    role.refresh_from_db()
    assert role.title == "sitten"


def test_a_role_ends_on_a_day(client, seller, role):
    send(client, f"/staff/roles/{role.pk}/end/", {"end-last_day": "2026-11-30"})
    role.refresh_from_db()
    assert role.until.isoformat() == "2026-11-30T22:00:00+00:00"


@pytest.mark.parametrize("day", ["2026-11-01", "0001-01-01", "9999-12-31", "x"])
def test_a_role_does_not_end_on_such_a_day(client, seller, role, day):
    assert send(client, f"/staff/roles/{role.pk}/end/", {"end-last_day": day}).status_code in {
        409,
        422,
    }
    role.refresh_from_db()
    assert role.until is None


def test_the_last_administrator_names_a_successor(client, seller, role, konepaja):
    Affiliation.objects.update(rights="admin")
    colleague = factories.contact(name="Bo Berg", at=konepaja)
    path = f"/staff/roles/{role.pk}/end/"
    assert "Nobody else may manage" in text(send(client, path, {}), 409)
    role.refresh_from_db()
    assert role.until is None
    next_one = colleague.affiliations.get()
    assert send(client, path, {"end-successor": next_one.pk}).status_code == 302
    role.refresh_from_db()
    next_one.refresh_from_db()
    assert (role.until, next_one.rights) == (NOW, "admin")


def test_nobody_from_elsewhere_is_a_successor(client, seller, role):
    Affiliation.objects.update(rights="admin")
    elsewhere = factories.contact(at=factories.organisation("Toinen Oy")).affiliations.get()
    text(send(client, f"/staff/roles/{role.pk}/end/", {"end-successor": elsewhere.pk}), 422)
    elsewhere.refresh_from_db()
    assert elsewhere.rights == "member"


def test_a_restricted_persons_roles_and_situations_have_no_page(client, seller, anna, role):
    noted = Situation.objects.create(person=anna.person, kind="need", text="x", since=NOW)
    ledger.restrict(anna.person, method="form")
    for path in (f"/staff/roles/{role.pk}/", f"/staff/situations/{noted.pk}/"):
        assert client.get(path).status_code == 404


# --- situations ----------------------------------------------------------------------------


def test_a_situation_is_noted_changed_and_told_to_the_second(client, seller, anna):
    typed = {"kind": "motive", "text": "Haluaa oppia", "since": "2026-11-01"}
    send(client, f"{LIST}{anna.pk}/situations/", prefixed("situation", typed))
    noted = Situation.objects.get()
    assert (noted.person, noted.kind, noted.by) == (anna.person, "motive", seller)
    path = f"/staff/situations/{noted.pk}/"
    values = form_of(client.get(path))
    assert send(client, path, {**values, "until": "2026-11-20"}).status_code == 302
    assert send(client, path, {**values, "text": "x"}).status_code == 409
    noted.refresh_from_db()
    assert (noted.until.isoformat(), noted.text) == ("2026-11-20", "Haluaa oppia")


# --- finding -------------------------------------------------------------------------------


def test_an_address_never_stands_in_an_address(client, seller, anna):
    answer = send(client, LIST, {"address": "ANNA@example.org"})
    assert answer.headers["Location"] == f"{LIST}{anna.pk}/permission/"
