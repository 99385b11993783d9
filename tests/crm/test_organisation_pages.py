"""Adding and editing an organisation in the workbench; two who edit it at once (C1.1)."""

import pytest
from lxml import html

from accounts.roles import TABLE, Permission, Role
from crm import organisations
from crm.models import Organisation, OrganisationName, Situation
from crm.organisations import Facts, Place
from tests import factories
from tests.crm.pages import body, form_of, text
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LIST = "/staff/organisations/"
NEW = f"{LIST}new/"
ENGLISH = {"accept-language": "en"}
FACTS = Facts(
    name="Konepaja Oy",
    business_id="2077474-0",
    size="medium",
    domains=("konepaja.fi", "xn--hmeenkone-v2a.fi"),
    visiting=Place("Satamakatu 1", "33100", "Tampere"),
)
TYPED = {
    "name": "Paja Oy",
    "business_id": "FI01120389",
    "domains": "Paja.fi\nhttps://www.hämeenpaja.fi/",
    "einvoice_address": "0037 0112 0389",
    "einvoice_operator": "003721291126",
    "postal_street": "PL 1",
    "postal_postcode": "00100",
    "postal_city": "Helsinki",
    "postal_country": "fi",
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
    return organisations.create(FACTS, by=None)


def edit_of(organisation):
    return f"{LIST}{organisation.pk}/edit/"


def send(client, path, values):
    return client.post(path, values, headers=ENGLISH)


# --- who comes in --------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *Role])
def test_every_role_does_what_the_table_gives(client, role, tamk, konepaja):
    client.force_login(factories.staff(tamk, role) if role else factories.user())
    allowed = TABLE[role] if role else frozenset()
    sees, edits = Permission.SEE_CUSTOMERS in allowed, Permission.EDIT_CUSTOMERS in allowed
    assert client.get(LIST).status_code == (200 if sees else 403)
    assert client.get(f"{LIST}{konepaja.pk}/").status_code == (200 if sees else 403)
    for path in (NEW, edit_of(konepaja)):
        assert client.get(path).status_code == (200 if edits else 403)
    for rest in ("names/", "situations/", "names/1/remove/"):
        status = client.post(f"{LIST}{konepaja.pk}/{rest}").status_code
        assert (status == 403) is not edits
    assert send(client, NEW, TYPED).status_code == (302 if edits else 403)
    assert Organisation.objects.count() == (2 if edits else 1)


@pytest.mark.parametrize("path", [LIST, NEW, f"{LIST}1/", f"{LIST}1/edit/"])
def test_a_visitor_is_asked_to_sign_in(client, path):
    assert "/login/" in client.get(path).headers["Location"]


def test_who_only_reads_sees_no_way_to_edit(client, tamk, konepaja):
    client.force_login(factories.staff(tamk, "auditor"))
    page = body(client.get(LIST, headers=ENGLISH))
    assert not page.xpath("//input[@type='checkbox'][@name='chosen'] | //a[contains(@href,'new')]")


@pytest.mark.parametrize("rest", ["", "edit/"])
def test_nobody_is_404(client, seller, rest):
    assert client.get(f"{LIST}99999/{rest}").status_code == 404


# --- adding --------------------------------------------------------------------------------


def test_what_is_typed_is_kept_in_one_form(client, seller, tamk):
    answer = send(client, NEW, {**TYPED, "owner": tamk.pk})
    made = Organisation.objects.get()
    assert answer.headers["Location"] == f"{LIST}{made.pk}/"
    assert organisations.facts_of(made) == Facts(
        name="Paja Oy",
        business_id="0112038-9",
        owner=tamk,
        domains=("paja.fi", "xn--hmeenpaja-v2a.fi"),
        einvoice_address="003701120389",
        einvoice_operator="003721291126",
        postal=Place("PL 1", "00100", "Helsinki", "FI"),
    )


def test_the_own_institution_is_chosen_at_first(client, seller, tamk):
    assert form_of(client.get(NEW))["owner"] == str(tamk.pk)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("name", "", "This field is required"),
        ("name", "Paja\r\nBcc: x@y", "on one line"),
        ("name", "P\x00aja", "Null characters"),
        ("name", "x" * 201, "at most 200"),
        ("business_id", "2077474-1", "not a valid business ID"),
        ("business_id", "1" * 1_000, "not a valid business ID"),
        ("industry", "x", "code of two to five digits"),
        ("website", "javascript:alert(1)", "valid URL"),
        ("domains", "gmail.com", "Anybody can have an address at gmail.com"),
        ("domains", "konepaja", "“konepaja” is not a domain"),
        ("domains", " ".join(f"a{number}.fi" for number in range(31)), "At most 30 domains"),
        ("einvoice_address", "12345", "OVT number"),
        ("einvoice_operator", "x", "6 to 20"),
        ("postal_country", "F1", "two letters"),
        ("parent", "Tuntematon Oy", "No organisation in the register"),
        ("owner", "999", "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(client, seller, name, value, told):
    assert told in text(send(client, NEW, {**TYPED, name: value}), 422)
    assert not Organisation.objects.exists()


def test_an_einvoice_needs_both_parts(client, seller):
    assert "both the address and the operator" in text(
        send(client, NEW, {**TYPED, "einvoice_operator": ""}), 422
    )


def test_a_business_id_that_is_there_leads_to_whose_it_is(client, seller, konepaja):
    typed = {**TYPED, "business_id": "2077474-0", "is_another": "on"}
    page = body(send(client, NEW, typed), 409)
    assert "Another organisation has this business ID." in page.text_content()
    assert page.xpath(f"//div[@id='likely']//a[@href='{LIST}{konepaja.pk}/']")
    assert Organisation.objects.count() == 1


@pytest.mark.parametrize(
    "typed",
    [{"name": "KONEPAJA oy"}, {"name": "Vanha Paja"}, {"name": "X", "domains": "konepaja.fi"}],
)
def test_one_like_another_is_shown_first_and_may_be_added(client, seller, konepaja, typed):
    organisations.add_name(konepaja, "Vanha Paja", "former")
    page = send(client, NEW, typed)
    assert body(page, 409).xpath(f"//div[@id='likely']//a[@href='{LIST}{konepaja.pk}/']")
    values = {**form_of(page, status=409), "is_another": "on"}
    assert send(client, NEW, values).status_code == 302
    assert Organisation.objects.count() == 2


def test_one_is_warned_of_it_while_typing(client, seller, konepaja):
    page = send(client, f"{LIST}likely/", {"name": "konepaja oy", "business_id": "wrong"})
    assert f"{LIST}{konepaja.pk}/".encode() in page.content
    assert b"<a" not in send(client, f"{LIST}likely/", {"name": "Toinen"}).content


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"name": "Konepaja"}, "the same name, its legal form aside"),
        ({"name": "Konepaaj Oy"}, "nearly the same name"),
        ({"name": "Konepaja ry"}, "the same name, its legal form aside, different legal forms"),
        (
            {
                "name": "Konepaja Tampere",
                "visiting_street": "Satamakatu 1",
                "visiting_postcode": "33100",
            },
            "one name is a part of the other, the same street address",
        ),
        ({"name": "X", "domains": "konepaja.fi"}, "the same domain, different names"),
    ],
    ids=lambda each: each["name"] if isinstance(each, dict) else "",
)
def test_one_that_is_like_another_is_told_with_the_reason(client, seller, konepaja, typed, why):
    page = send(client, NEW, typed)
    told = body(page, 409).xpath("//div[@id='likely']//li")
    assert [" ".join(each.text_content().split()) for each in told] == [
        f"Konepaja Oy 2077474-0 {why}"
    ]
    assert Organisation.objects.count() == 1
    values = {**form_of(page, status=409), "is_another": "on"}
    assert send(client, NEW, values).status_code == 302


def test_no_more_are_told_than_can_be_read_the_same_ones_first(client, seller, konepaja):
    for _ in range(9):
        factories.organisation("Koneapu Oy")
    page = send(client, f"{LIST}likely/", {"name": "Koneapua", "domains": "konepaja.fi"})
    links = html.fromstring(page.content).xpath("//a/text()")
    assert (len(links), links[0]) == (5, "Konepaja Oy")


# --- editing -------------------------------------------------------------------------------


def test_the_form_holds_what_is_known_and_says_nothing_new(client, seller, konepaja):
    values = form_of(client.get(edit_of(konepaja)), "/edit/")
    assert values["domains"].split() == ["konepaja.fi", "hämeenkone.fi"]
    assert send(client, edit_of(konepaja), values).status_code == 302
    konepaja.refresh_from_db()
    assert (konepaja.version, organisations.facts_of(konepaja)) == (1, FACTS)


def test_a_change_is_saved(client, seller, konepaja):
    values = form_of(client.get(edit_of(konepaja)), "/edit/")
    send(client, edit_of(konepaja), {**values, "size": "large"})
    konepaja.refresh_from_db()
    assert (konepaja.size, konepaja.version) == ("large", 2)


@pytest.mark.parametrize("named", ["Emo Oy", "0112038-9", "emo oy · 0112038-9"])
def test_a_parent_is_found_by_name_or_business_id(client, seller, konepaja, named):
    parent = Organisation.objects.create(name="Emo Oy", business_id="0112038-9")
    values = form_of(client.get(edit_of(konepaja)), "/edit/")
    send(client, edit_of(konepaja), {**values, "parent": named})
    konepaja.refresh_from_db()
    assert konepaja.parent == parent


def test_one_of_two_with_the_same_name_is_found_by_its_number(client, seller, konepaja):
    parents = [factories.organisation("Emo Oy") for _ in range(2)]
    values = form_of(client.get(edit_of(konepaja)), "/edit/")
    page = send(client, edit_of(konepaja), {**values, "parent": "Emo Oy"})
    assert "Several organisations are called" in text(page, 422)
    named = f"Emo Oy · #{parents[1].pk}"
    assert send(client, edit_of(konepaja), {**values, "parent": named}).status_code == 302
    konepaja.refresh_from_db()
    assert konepaja.parent == parents[1]


def test_a_circle_is_told_at_its_field(client, seller, konepaja):
    child = Organisation.objects.create(name="Lapsi Oy", parent=konepaja)
    values = form_of(client.get(edit_of(konepaja)), "/edit/")
    page = send(client, edit_of(konepaja), {**values, "parent": f"#{child.pk}"})
    assert "This organisation is above that one already." in text(page, 409)
    konepaja.refresh_from_db()
    assert konepaja.parent is None


def test_anothers_business_id_leads_to_the_other(client, seller, konepaja):
    other = Organisation.objects.create(name="Toinen Oy", business_id="0112038-9")
    values = form_of(client.get(edit_of(konepaja)), "/edit/")
    page = send(client, edit_of(konepaja), {**values, "business_id": "0112038-9"})
    assert body(page, 409).xpath(f"//div[@id='likely']//a[@href='{LIST}{other.pk}/']")
    konepaja.refresh_from_db()
    assert konepaja.business_id == "2077474-0"


def test_names_are_offered_as_one_types(client, seller, konepaja):
    headers = {**ENGLISH, "hx-trigger-name": "parent"}
    page = client.post(f"{LIST}names/", {"parent": "KONE", "name": "x"}, headers=headers)
    assert b'value="Konepaja Oy \xc2\xb7 2077474-0"' in page.content
    assert b"option" not in client.post(f"{LIST}names/", {"parent": "%"}, headers=headers).content
    assert b"option" not in client.post(f"{LIST}names/", {"parent": ""}, headers=headers).content
    page = client.post(f"{LIST}names/", {"parent": "ko\0ne"}, headers=headers)
    assert b'value="Konepaja Oy' in page.content  # a sign that no database takes is no text


# --- two at once ---------------------------------------------------------------------------


@pytest.fixture
def mine(client, seller, konepaja):
    """My form, opened before a colleague saved another size and name."""
    values = form_of(client.get(edit_of(konepaja)), "/edit/")
    facts = organisations.facts_of(konepaja)
    theirs = {**vars(facts), "size": "large", "name": "Konepaja Oyj"}
    organisations.change(konepaja, Facts(**theirs), version=1, by=None)
    return values


def rows_of(page):
    rows = body(page, 409).xpath("//table//tbody/tr")
    return [[" ".join(cell.text_content().split()) for cell in row] for row in rows]


def test_who_saves_second_sees_both_versions_field_by_field(client, konepaja, mine):
    page = send(client, edit_of(konepaja), {**mine, "name": "Paja Oy"})
    assert "Somebody else has saved this meanwhile" in text(page, 409)
    assert rows_of(page) == [
        ["Name", "Konepaja Oyj", "Paja Oy"],
        ["Size", "250 people or more", "not touched: theirs is taken over"],
    ]
    konepaja.refresh_from_db()
    assert (konepaja.name, konepaja.size, konepaja.version) == ("Konepaja Oyj", "large", 2)


def test_what_one_typed_stays_and_what_one_did_not_touch_is_theirs(client, konepaja, mine):
    page = send(client, edit_of(konepaja), {**mine, "name": "Paja Oy"})
    again = form_of(page, "/edit/", status=409)
    assert (again["name"], again["size"], again["version"]) == ("Paja Oy", "large", "2")


def test_what_one_typed_may_be_saved_over_theirs(client, konepaja, mine):
    page = send(client, edit_of(konepaja), {**mine, "name": "Paja Oy"})
    assert send(client, edit_of(konepaja), form_of(page, "/edit/", status=409)).status_code == 302
    konepaja.refresh_from_db()
    assert (konepaja.name, konepaja.size, konepaja.version) == ("Paja Oy", "large", 3)


def test_a_third_save_meanwhile_is_told_again_and_nothing_typed_is_lost(client, konepaja, mine):
    page = send(client, edit_of(konepaja), {**mine, "name": "Paja Oy"})
    konepaja.refresh_from_db()
    theirs = {**vars(organisations.facts_of(konepaja)), "website": "https://konepaja.fi"}
    organisations.change(konepaja, Facts(**theirs), version=2, by=None)
    page = send(client, edit_of(konepaja), form_of(page, "/edit/", status=409))
    again = form_of(page, "/edit/", status=409)
    assert (again["name"], again["website"], again["version"]) == (
        "Paja Oy",
        "https://konepaja.fi",
        "3",
    )


@pytest.mark.parametrize("version", ["", "x", "9" * 30, "-1"])
def test_a_version_that_is_none_is_never_the_newest(client, seller, konepaja, version):
    values = form_of(client.get(edit_of(konepaja)), "/edit/")
    page = send(client, edit_of(konepaja), {**values, "name": "X", "version": version})
    assert page.status_code == (409 if version else 422)
    konepaja.refresh_from_db()
    assert konepaja.name == "Konepaja Oy"


# --- small forms ---------------------------------------------------------------------------


def test_a_name_is_added_and_removed(client, seller, konepaja):
    path = f"{LIST}{konepaja.pk}/names/"
    send(client, path, {"other-name": "Paja", "other-kind": "short"})
    name = OrganisationName.objects.get()
    assert (name.name, name.kind) == ("Paja", "short")
    for _ in range(2):
        assert send(client, f"{path}{name.pk}/remove/", {}).status_code == 302
    assert not OrganisationName.objects.exists()


def test_a_name_of_another_organisation_is_not_removed(client, seller, konepaja):
    name = organisations.add_name(factories.organisation("Toinen"), "Paja", "short")
    send(client, f"{LIST}{konepaja.pk}/names/{name.pk}/remove/", {})
    assert OrganisationName.objects.get() == name


def test_a_situation_is_noted(client, seller, konepaja):
    typed = {"kind": "need", "text": "Tekoälyn käyttöönotto", "since": "2026-11-01"}
    values = {f"situation-{name}": value for name, value in typed.items()}
    assert send(client, f"{LIST}{konepaja.pk}/situations/", values).status_code == 302
    noted = Situation.objects.get()
    assert (noted.organisation, noted.text, noted.by) == (konepaja, typed["text"], seller)


@pytest.mark.parametrize(
    "wrong",
    [{"text": ""}, {"since": ""}, {"since": "0001-01-01"}, {"until": "2026-10-01"}, {"kind": "x"}],
    ids=str,
)
def test_a_situation_that_cannot_be_is_refused(client, seller, konepaja, wrong):
    typed = {"kind": "need", "text": "Tekoäly", "since": "2026-11-01", **wrong}
    values = {f"situation-{name}": value for name, value in typed.items()}
    text(send(client, f"{LIST}{konepaja.pk}/situations/", values), 422)
    assert not Situation.objects.exists()


# --- finding -------------------------------------------------------------------------------


def test_an_organisation_is_found_by_its_business_id(client, seller, konepaja):
    page = send(client, LIST, {"wanted": "FI20774740"})
    assert page.headers["Location"] == f"{LIST}{konepaja.pk}/"


def test_several_are_listed_by_any_of_their_names(client, seller, konepaja):
    organisations.add_name(factories.organisation("Toinen Oy"), "Konepaja vanha", "former")
    links = body(send(client, LIST, {"wanted": "konepaja"})).xpath("//ul[@class='link-list']//a")
    assert [each.text_content() for each in links] == ["Konepaja Oy", "Toinen Oy"]


def test_nothing_found_is_said(client, seller):
    assert "Nothing in the register" in text(send(client, LIST, {"wanted": "zzz"}))


@pytest.mark.parametrize("wanted", ["", "x", "a\x00b", "x" * 201])
def test_what_cannot_be_looked_for_is_refused(client, seller, wanted):
    text(send(client, LIST, {"wanted": wanted}), 422)
