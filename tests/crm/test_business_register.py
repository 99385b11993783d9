"""The business register is asked when staff press, answers in three seconds or not at all, and fills in what they accept (C1.1)."""

import threading
import time

import pytest
from django.db import connection
from lxml import html

from accounts.roles import TABLE, Permission, Role
from crm import business_register
from crm.business_register import Place, RegisterError
from crm.models import Encounter, Organisation, OrganisationAddress
from tests import factories
from tests.crm.business_register import CEASED, KONEPAJA, Register, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def register(settings):
    server = Register()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    settings.BUSINESS_REGISTER_URL = server.url
    yield server
    server.shutdown()
    server.server_close()


def trouble(register, *answer, **how):
    register.says(*answer, **how)
    with pytest.raises(RegisterError) as error:
        business_register.find("2077474-0")
    return error.value.trouble


# --- the contract -----------------------------------------------------------------------------


def test_it_is_asked_by_business_id_and_read_in_the_readers_language(register):
    register.says(found(KONEPAJA))
    company = business_register.find("2077474-0", "sv")
    assert register.asked == ["/opendata-ytj-api/v3/companies?businessId=2077474-0"]
    assert (company.name, company.business_id, company.form) == (
        "Konepaja Oy",
        "2077474-0",
        "Osakeyhtiö",
    )
    assert (company.industry, company.industry_in_words) == ("25620", "Metallegoarbeten")
    assert company.website == "https://www.konepaja.fi"
    assert company.visiting == Place("Kuntokatu 3 B 12", "33520", "Tammerfors")
    assert company.postal == Place("PL 12", "33101", "Tampere")
    assert company.names == (("Verkstad Ab", "language"), ("Hitsaus Virtanen", "trade"))
    assert company.former == ("Virtasen Paja Oy",)
    assert (company.is_alive, company.situations) == (True, ())


def test_one_that_has_ceased_is_known_as_such(register):
    register.says(found(CEASED))
    company = business_register.find("2077474-0")
    assert (company.is_alive, company.ended_on.isoformat()) == (False, "2024-06-30")
    assert company.situations == ("KONK",)
    assert (company.website, company.industry, company.visiting) == ("", "", None)


def test_a_code_of_another_classification_is_not_taken_for_ours(register):
    line = {**KONEPAJA["mainBusinessLine"], "typeCodeSet": "TOIMI5"}
    register.says(found({**KONEPAJA, "mainBusinessLine": line}))
    assert business_register.find("2077474-0").industry == ""


@pytest.mark.parametrize(
    ("address", "street"),
    [
        ({"freeAddressLine": "Norgårdsvägen_3_Uddevalla"}, "Norgårdsvägen 3 Uddevalla"),
        (
            {"co": "Tilitoimisto Oy", "street": "Katu", "buildingNumber": "1"},
            "c/o Tilitoimisto Oy, Katu 1",
        ),
        (
            {
                "street": "Katu",
                "buildingNumber": "1",
                "apartmentNumber": "2",
                "apartmentIdSuffix": "b",
            },
            "Katu 1 2b",
        ),
    ],
)
def test_addresses_of_every_form_are_one_line(register, address, street):
    register.says(found({**KONEPAJA, "addresses": [{"type": 1, "source": "0", **address}]}))
    assert business_register.find("2077474-0").visiting.street == street


@pytest.mark.parametrize(
    "answer", [(found(), 200), ({"message": "x"}, 404), ({"message": "x"}, 400)]
)
def test_nobody_is_nobody(register, answer):
    register.says(*answer)
    assert business_register.find("2077474-0") is None


def test_another_company_than_was_asked_for_is_nobody(register):
    register.says(found({**KONEPAJA, "businessId": {"value": "0112038-9"}}))
    assert business_register.find("2077474-0") is None


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        ({"message": "Too many"}, 429, "busy"),
        (b"oops", 500, "down"),
        (b"", 503, "down"),
        (b"<html>sorry</html>", 200, "garbled"),
        (b"[" * 100_000, 200, "garbled"),
        ({"companies": 5}, 200, "garbled"),
        (
            {"companies": [{"businessId": {"value": "2077474-0"}, "names": [{"name": "x"}]}]},
            200,
            "garbled",
        ),
        (b"null", 200, "garbled"),
    ],
)
def test_an_answer_that_is_none_is_told_apart(register, answer, status, why):
    assert trouble(register, answer, status) == why


def test_a_huge_answer_is_not_read_to_its_end(register):
    assert trouble(register, b" " * (business_register.LARGEST + 2)) == "garbled"


def test_a_slow_answer_is_waited_for_three_seconds_at_most(register, monkeypatch):
    assert business_register.SECONDS == 3
    monkeypatch.setattr(business_register, "SECONDS", 0.2)
    began = time.monotonic()
    assert trouble(register, found(KONEPAJA), wait=2) == "down"
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("where", ["head", "body"])
def test_nor_longer_for_one_that_comes_byte_by_byte(register, monkeypatch, where):
    """Each byte comes within the socket's time; the whole would take a minute."""
    monkeypatch.setattr(business_register, "SECONDS", 0.4)
    register.drips = where
    began = time.monotonic()
    assert trouble(register, found(KONEPAJA)) == "down"
    assert time.monotonic() - began < 1.5


def test_a_redirect_is_not_followed(register):
    register.says(b"", status=302)
    assert trouble(register, b"", 302) == "down"
    assert len(register.asked) == 1


def test_nobody_there_is_down(settings, register):
    settings.BUSINESS_REGISTER_URL = "http://127.0.0.1:9"
    with pytest.raises(RegisterError) as error:
        business_register.find("2077474-0")
    assert error.value.trouble == "down"


@pytest.mark.parametrize("address", ["", "file:///etc/passwd"])
def test_without_an_address_it_is_off(settings, address):
    settings.BUSINESS_REGISTER_URL = address
    with pytest.raises(RegisterError) as error:
        business_register.find("2077474-0")
    assert error.value.trouble == "off"


# --- staff's page ----------------------------------------------------------------------------------


@pytest.fixture
def konepaja():
    return Organisation.objects.create(name="Virtasen Paja", business_id="2077474-0")


@pytest.fixture
def seller(client):
    user = factories.staff(factories.institution("tamk"), "sales")
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return user


def press(client, organisation, status=200):
    response = client.post(f"/staff/organisations/{organisation.pk}/register/")
    assert response.status_code == status
    return html.fromstring(response.content)


def words(page):
    return " ".join(page.find("body").text_content().split())


def accept(client, organisation, page, *names):
    signed = page.cssselect("[name=signed]")[0].get("value")
    return client.post(
        f"/staff/organisations/{organisation.pk}/register/accept/",
        {"signed": signed, "accept": names},
    )


def test_what_the_register_says_otherwise_is_shown_and_nothing_is_written(
    client, seller, register, konepaja
):
    register.says(found(KONEPAJA))
    page = press(client, konepaja)
    boxes = {each.get("value"): each.get("checked") for each in page.cssselect("[name=accept]")}
    assert boxes == {
        "name": None,  # there is one already: staff say so themselves
        "industry": "checked",
        "website": "checked",
        "visiting": "checked",
        "postal": "checked",
        "names": "checked",
    }
    konepaja.refresh_from_db()
    assert (konepaja.name, konepaja.version) == ("Virtasen Paja", 1)


def test_what_is_ticked_is_filled_in(client, seller, register, konepaja):
    register.says(found(KONEPAJA))
    accept(client, konepaja, press(client, konepaja), "name", "industry", "visiting", "names")
    konepaja.refresh_from_db()
    assert (konepaja.name, konepaja.industry, konepaja.website, konepaja.version) == (
        "Konepaja Oy",
        "25620",
        "",
        5,  # the change, and three more names
    )
    assert OrganisationAddress.objects.values_list("kind", "street", "postcode", "city").get() == (
        "visiting",
        "Kuntokatu 3 B 12",
        "33520",
        "Tampere",
    )
    assert sorted(konepaja.names.values_list("name", "kind")) == [
        ("Hitsaus Virtanen", "trade"),
        ("Verkstad Ab", "language"),
        ("Virtasen Paja", "former"),
        ("Virtasen Paja Oy", "former"),
    ]
    assert len(register.asked) == 1
    left = press(client, konepaja)
    assert {each.get("value") for each in left.cssselect("[name=accept]")} == {"website", "postal"}


def test_a_new_name_stands_on_the_timeline_with_who_took_it(client, seller, register, konepaja):
    register.says(found(KONEPAJA))
    accept(client, konepaja, press(client, konepaja), "name")
    renamed = Encounter.objects.get(kind="crm.organisation_renamed")
    assert (renamed.organisation, renamed.by) == (konepaja, seller)
    assert renamed.data == {"before": "Virtasen Paja", "after": "Konepaja Oy"}


def test_what_somebody_changed_meanwhile_is_not_overwritten(client, seller, register, konepaja):
    register.says(found(KONEPAJA))
    page = press(client, konepaja)
    Organisation.objects.update(name="Muu Oy", version=2)
    accept(client, konepaja, page, "name")
    konepaja.refresh_from_db()
    assert (konepaja.name, konepaja.version) == ("Muu Oy", 2)


def test_only_what_was_shown_of_this_organisation_is_filled_in(client, seller, register, konepaja):
    register.says(found(KONEPAJA))
    page = press(client, konepaja)
    other = factories.organisation("Toinen Oy")
    accept(client, other, page, "name")
    page.cssselect("[name=signed]")[0].set("value", "forged:x:y")
    accept(client, konepaja, page, "name", "source", "owner")
    assert sorted(Organisation.objects.values_list("name", "version")) == [
        ("Toinen Oy", 1),
        ("Virtasen Paja", 1),
    ]


def test_a_proposal_is_good_for_an_hour(client, seller, register, konepaja, set_clock):
    set_clock(factories.NOW)
    register.says(found(KONEPAJA))
    page = press(client, konepaja)
    set_clock(factories.NOW + factories.DAY)
    client.force_login(seller)
    accept(client, konepaja, page, "name")
    konepaja.refresh_from_db()
    assert konepaja.name == "Virtasen Paja"


def test_one_that_has_ceased_is_shown_so(client, seller, register, konepaja):
    register.says(found(CEASED))
    said = words(press(client, konepaja))
    assert "The organisation has ceased Sun 30 Jun 2024".replace(" ", "") in said.replace(
        "\xa0", ""
    ).replace(" ", "")
    assert "Bankrupt" in said


def test_nothing_new_is_told_with_the_way_back(client, seller, register, konepaja):
    register.says(found(KONEPAJA))
    page = press(client, konepaja)
    accept(client, konepaja, page, *page.xpath("//input[@name='accept']/@value"))
    page = press(client, konepaja)
    assert "there is nothing to fill in" in words(page)
    assert page.xpath(f"//main//a[@href='/staff/organisations/{konepaja.pk}/']")


@pytest.mark.parametrize(
    ("ticked", "said"),
    [(("name",), "Filled in from the business register."), ((), "Nothing was ticked")],
    ids=str,
)
def test_what_became_of_it_is_told_on_the_organisations_page(
    client, seller, register, konepaja, ticked, said
):
    register.says(found(KONEPAJA))
    answer = accept(client, konepaja, press(client, konepaja), *ticked)
    assert said in words(html.fromstring(client.get(answer.headers["Location"]).content))


TROUBLES = {
    "knows nobody of this business ID": (found(), 200, 404),
    "asked too often": ({}, 429, 502),
    "does not answer": ({}, 500, 502),
    "cannot be read": (b"?", 200, 502),
}


@pytest.mark.parametrize("said", TROUBLES)
def test_trouble_is_told_in_words(client, seller, register, konepaja, said):
    answer, status, shown = TROUBLES[said]
    register.says(answer, status)
    assert said in words(press(client, konepaja, shown))


def test_without_the_setting_or_a_business_id_nothing_is_asked(
    client, seller, konepaja, settings, register
):
    settings.BUSINESS_REGISTER_URL = ""
    assert "does not ask" in words(press(client, konepaja, 502))
    nameless = factories.organisation("Toinen Oy")
    assert "has no business ID" in words(press(client, nameless, 422))
    assert register.asked == []


def buttons(client, organisation):
    page = html.fromstring(client.get(f"/staff/organisations/{organisation.pk}/").content)
    action = f"/staff/organisations/{organisation.pk}/register/"
    return [
        each.text_content().strip()
        for each in page.xpath(f"//form[@method='post'][@action='{action}']//button")
    ]


def test_the_organisations_page_has_the_button(client, seller, register, konepaja):
    assert buttons(client, konepaja) == ["Fill in from the business register"]
    assert register.asked == []


def test_there_is_no_button_where_nothing_could_be_asked(
    client, seller, register, konepaja, settings
):
    assert buttons(client, factories.organisation("Toinen Oy")) == []
    settings.BUSINESS_REGISTER_URL = ""
    assert buttons(client, konepaja) == []


def test_who_only_reads_sees_no_button(client, register, konepaja):
    client.force_login(factories.staff(None, "auditor"))
    assert buttons(client, konepaja) == []


@pytest.mark.parametrize("role", [None, *Role])
def test_every_role_does_what_the_table_gives(client, register, konepaja, role):
    register.says(found(KONEPAJA))
    client.force_login(
        factories.staff(factories.institution("tamk"), role) if role else factories.user()
    )
    allowed = Permission.EDIT_CUSTOMERS in (TABLE[role] if role else ())
    for rest in ("", "accept/"):
        status = client.post(f"/staff/organisations/{konepaja.pk}/register/{rest}").status_code
        assert (status != 403) is allowed
    assert len(register.asked) == int(allowed)


def test_a_look_is_never_by_a_link(client, seller, konepaja):
    for rest in ("", "accept/"):
        assert client.get(f"/staff/organisations/{konepaja.pk}/register/{rest}").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_the_register(client, seller, register, konepaja):
    """While the register thinks, nobody of this database is in the middle of anything."""
    seen = []

    def look():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state = 'idle in transaction' AND pid <> pg_backend_pid()"
            )
            seen.append(cursor.fetchone()[0])
        connection.close()

    register.meanwhile.append(look)
    register.says(found(KONEPAJA))
    press(client, konepaja)
    assert seen == [0]
