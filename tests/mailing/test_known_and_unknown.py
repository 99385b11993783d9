"""Nothing on the newsletter's and the preference centre's doors tells what we know of an address (A09)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent import ledger, people, suppression
from mailing import newsletters, preferences
from mailing.models import Delivery
from tests import factories
from tests.factories import NOW
from tests.statements import kinds_of

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN = "anna@example.org", "nobody@example.org"
DOORS = {
    "newsletter": ("/en/newsletter/", {"frequency": "monthly", "language": "en"}),
    "link": ("/en/me/preferences/link/", {}),
}


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def person():
    return factories.person(KNOWN, name="Anna Virtanen")


def closed(because="hard_bounce"):
    people.close_address(person().addresses.get(), because, now=NOW)


STATES = {
    "known": person,
    "signs in": lambda: factories.user(KNOWN),
    "staff": lambda: factories.staff(None, "admin", KNOWN),
    "subscribed": lambda: factories.grant(person()),
    "has refused": lambda: ledger.object_to_marketing(person(), method="form"),
    "restricted": lambda: ledger.restrict(person(), method="form"),
    "closed": closed,
    "an organisation's": lambda: factories.person(KNOWN, kind="organisation"),
    "erased": lambda: suppression.suppress(KNOWN, "erased"),
}


def observed(door, address, without_tokens):
    """All that can be seen of the answer, and all the work behind it."""
    path, data = DOORS[door]
    client = Client()
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(path, {**data, "email": address})
    work = kinds_of(queries)  # before the next request, which empties the list
    after = client.get(answer.headers["Location"])
    return {
        "status": answer.status_code,
        "headers": sorted(answer.headers.items()),
        "cookies": sorted(client.cookies),
        "body": without_tokens(answer, address),
        "next page": without_tokens(after, address),
        "work": work,
        "mails": Delivery.objects.filter(address=address).count(),
    }


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("state", STATES)
def test_known_and_unknown_get_the_same(door, state, without_tokens):
    STATES[state]()
    observed(door, "first@example.org", without_tokens)  # what is read once for all is read
    known = observed(door, KNOWN, without_tokens)
    assert known == observed(door, UNKNOWN, without_tokens)
    assert (known["status"], known["mails"]) == (302, 1)
    assert len(known["work"]) > 5


@pytest.mark.parametrize("no", ["complaint", "not me"])
def test_who_wants_no_such_mail_gets_none_and_the_answer_is_the_same(no, without_tokens):
    if no == "complaint":
        closed("complaint")
    else:
        newsletters.not_me(newsletters.request(KNOWN, frequency="monthly", language="en"))
    before = Delivery.objects.count()
    known = observed("newsletter", KNOWN, without_tokens)
    assert Delivery.objects.count() == before
    unknown = observed("newsletter", UNKNOWN, without_tokens)
    for seen in ("status", "headers", "cookies", "body", "next page"):
        assert known[seen] == unknown[seen]


def test_a_control_sees_a_door_that_mails_only_whom_it_knows(without_tokens, monkeypatch):
    mail_link = preferences.mail_link

    def only_to_the_known(address, *, language):
        if factories.Address.objects.filter(email=address).exists():
            mail_link(address, language=language)

    person()
    monkeypatch.setattr(preferences, "mail_link", only_to_the_known)
    known, unknown = (observed("link", each, without_tokens) for each in (KNOWN, UNKNOWN))
    assert known["work"] != unknown["work"]
