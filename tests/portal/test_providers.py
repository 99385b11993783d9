"""The configuration of other institutions' sign-in is read whole or refused in words; SAML speaks as it says (E3.4)."""

import json
import os
import subprocess
import sys

import pytest
from django.core.management import call_command
from lxml import etree

from portal import providers
from portal.providers import ProviderError

OIDC = {
    "id": "tuni",
    "name": "Tampereen yliopisto",
    "protocol": "oidc",
    "server": "https://login.example/v2.0",
    "client_id": "portal",
    "domains": ["tuni.example"],
}
CERTIFICATE = "MIIB" + "A" * 60
SAML = {
    "id": "haka",
    "name": "Haka",
    "protocol": "saml",
    "entity": "https://idp.example/idp",
    "sso_url": "https://idp.example/sso",
    "certificate": CERTIFICATE,
    "domains": ["tuni.example"],
}
HOST = {"headers": {"host": "portal.example.fi"}, "secure": True}
METADATA = "/sign-in/saml/haka/metadata/"


def without(entry, *keys):
    return {name: value for name, value in entry.items() if name not in keys}


def test_none_is_configured_by_itself():
    assert providers.read("") == []
    assert providers.for_allauth([]) == {"openid_connect": {"APPS": []}, "saml": {"APPS": []}}


def test_it_may_lie_in_a_file(tmp_path):
    file = tmp_path / "providers.json"
    file.write_text(json.dumps([OIDC]))
    assert providers.read(str(file)) == [OIDC]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/nowhere.json", "neither JSON nor the name of a file"),
        ("[", "neither JSON nor the name of a file"),
        ("[1]", "a list of objects"),
        (json.dumps([OIDC, OIDC]), "the same id twice"),
        (json.dumps([{**OIDC, "protocol": "ldap"}]), "oidc or saml, not 'ldap'"),
        (json.dumps([without(OIDC, "domains")]), "tuni: missing or unknown: domains"),
        (json.dumps([{**OIDC, "colour": "red"}]), "tuni: missing or unknown: colour"),
        (json.dumps([{**OIDC, "domains": []}]), "tuni: wrong: domains"),
        (json.dumps([{**OIDC, "domains": ["*"]}]), "tuni: wrong: domains"),
        (json.dumps([{**OIDC, "domains": ["TUNI.example"]}]), "tuni: wrong: domains"),
        (json.dumps([{**OIDC, "server": "http://login.example"}]), "tuni: wrong: server"),
        (json.dumps([{**OIDC, "vouches": "yes"}]), "tuni: wrong: vouches"),
        (json.dumps([{**OIDC, "second_factor": {"amr": []}}]), "tuni: wrong: second_factor"),
        (json.dumps([{**OIDC, "id": "a/b"}]), "a/b: wrong: id"),
        (json.dumps([without(SAML, "sso_url")]), "haka: give metadata, or sso_url and certificate"),
        (json.dumps([{**SAML, "second_factor": {"acr": ["x"]}}]), "unknown: second_factor"),
    ],
    ids=str,
)
def test_what_is_wrong_is_refused_in_words(text, said):
    with pytest.raises(ProviderError, match=said.replace("[", "\\[")):
        providers.read(text)


def test_it_stops_the_start():
    started = subprocess.run(
        [sys.executable, "-c", "import portal.settings"],
        env={
            "PATH": os.environ["PATH"],
            "SIGN_IN_PROVIDERS": json.dumps([without(OIDC, "server")]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 1
    assert "SIGN_IN_PROVIDERS: tuni: missing or unknown: server." in started.stderr


@pytest.mark.parametrize(
    ("email", "trusted"),
    [
        ("anna@tuni.example", True),
        ("Anna@TUNI.example", True),
        ("anna@sub.tuni.example", False),
        ("anna@eviltuni.example", False),
        ("tuni.example", False),
    ],
)
def test_a_domain_is_itself_and_nothing_below_it(email, trusted):
    assert providers.known([OIDC])["tuni"].answers_for(email) is trusted


# --- SAML ----------------------------------------------------------------------------------------


@pytest.fixture
def haka(settings):
    """A SAML provider that is configured, by its certificate."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "portal.example.fi"]
    settings.SOCIALACCOUNT_PROVIDERS = providers.for_allauth([SAML])
    settings.PROVIDERS = providers.known([SAML])


@pytest.mark.django_db
def test_the_checks_of_the_libraries_find_nothing(haka):
    call_command("check", fail_level="WARNING")


@pytest.mark.django_db
def test_its_metadata_says_where_answers_are_taken_and_that_they_must_be_signed(client, haka):
    answer = client.get(METADATA, **HOST)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml")
    said = etree.fromstring(answer.content)
    spaces = {"md": "urn:oasis:names:tc:SAML:2.0:metadata"}
    [consumer] = said.iterfind(".//md:AssertionConsumerService", spaces)
    assert consumer.get("Location") == "https://portal.example.fi/sign-in/saml/haka/acs/"
    assert said.find("md:SPSSODescriptor", spaces).get("WantAssertionsSigned") == "true"
    assert said.get("entityID") == f"https://portal.example.fi{METADATA}"


@pytest.mark.django_db
def test_signing_in_leads_to_the_providers_address(client, haka):
    way = client.get("/sign-in/saml/haka/login/", **HOST).headers["Location"]
    assert way.startswith("https://idp.example/sso?SAMLRequest=")


@pytest.mark.django_db
@pytest.mark.parametrize("answer", ["", "x", "PHNhbWw+", "PHNhbWxwOlJlc3BvbnNlLz4="])
def test_an_answer_that_is_not_the_providers_opens_nothing(client, haka, answer):
    there = client.post("/sign-in/saml/haka/acs/", {"SAMLResponse": answer}, **HOST)
    assert client.get(there.headers["Location"], **HOST).status_code == 401
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["login/", "metadata/", "acs/finish/", "sls/"])
def test_one_that_is_not_configured_is_not_there(client, path):
    assert client.get(f"/sign-in/saml/other/{path}", **HOST).status_code in {400, 404}


@pytest.mark.django_db
def test_one_of_the_other_protocol_is_not_there(client, haka):
    assert client.get("/sign-in/oidc/haka/login/", **HOST).status_code == 404


@pytest.mark.django_db
def test_metadata_that_cannot_be_fetched_is_said_in_words(client, settings, haka):
    away = {**without(SAML, "sso_url", "certificate"), "metadata": "http://localhost:1/metadata"}
    settings.SOCIALACCOUNT_PROVIDERS = providers.for_allauth([away])
    answer = client.get("/sign-in/saml/haka/login/", **HOST)
    assert answer.status_code == 401
