"""Nothing in an answer, nor in the work behind it, tells whether an address is known (A09)."""

import pytest
from allauth.account.forms import RequestLoginCodeForm
from allauth.account.models import EmailAddress
from django.contrib.auth import hashers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.forms import RequestCodeForm
from mailing.models import Delivery
from tests import factories
from tests.statements import kinds_of

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN = "anna@example.org", "nobody@example.org"
PASSWORD = "kolme vihreää porkkanaa"


@pytest.fixture
def hashes(monkeypatch):
    """How often a password is hashed."""
    count = []
    encode = hashers.Argon2PasswordHasher.encode
    verify = hashers.Argon2PasswordHasher.verify

    def counted(method):
        def call(self, *args):
            count.append(method.__name__)
            return method(self, *args)

        return call

    monkeypatch.setattr(hashers.Argon2PasswordHasher, "encode", counted(encode))
    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", counted(verify))
    return count


def observed(path, data, address, hashes, without_tokens):
    """All that can be seen of the answer to a first request, and all the work behind it."""
    client = Client()
    client.get(path)
    del hashes[:]
    with CaptureQueriesContext(connection) as queries:
        response = client.post(path, {**data, next(iter(data)): address})
        after = client.get(response.headers["Location"]) if response.status_code == 302 else None
    return {
        "status": response.status_code,
        "location": response.headers.get("Location"),
        "headers": sorted(set(response.headers) - {"Set-Cookie"}),
        "cookies": sorted(client.cookies),
        "body": without_tokens(response, address),
        "next page": after and without_tokens(after, address),
        "work": kinds_of(queries),
        "hashes": len(hashes),
        "mails": Delivery.objects.filter(address=address).count(),
    }


DOORS = [
    ("/en/accounts/login/code/", {"email": ""}),
    ("/en/accounts/password/reset/", {"email": ""}),
    ("/en/accounts/login/", {"login": "", "password": "arvaus"}),
]


@pytest.mark.parametrize(("path", "data"), DOORS, ids=str)
@pytest.mark.parametrize("password", [PASSWORD, None], ids=["with password", "code only"])
def test_known_and_unknown_get_the_same(path, data, password, hashes, without_tokens):
    user = factories.user(KNOWN, password=password)
    EmailAddress.objects.create(user=user, email=KNOWN, verified=True, primary=True)
    known = observed(path, data, KNOWN, hashes, without_tokens)
    unknown = observed(path, data, UNKNOWN, hashes, without_tokens)
    assert known == unknown
    assert known["status"] in {302, 422}


def test_enrolling_tells_nothing_either(hashes, without_tokens, set_clock):
    set_clock(factories.NOW)
    user = factories.user(KNOWN)
    EmailAddress.objects.create(user=user, email=KNOWN, verified=True, primary=True)
    run = factories.run()
    factories.enrolment(run, user.person)
    path = f"/en/courses/{run.course.slug}/{run.pk}/enrol/"
    data = {"email": "", "name": "Anna Virtanen"}
    known = observed(path, data, KNOWN, hashes, without_tokens)
    unknown = observed(path, data, UNKNOWN, hashes, without_tokens)
    assert known == unknown
    assert (known["status"], known["mails"]) == (302, 1)


def test_a_control_sees_the_difference(hashes, without_tokens, monkeypatch):
    """With allauth's own form a new address is looked up once more, and gets another mail."""
    monkeypatch.setattr(RequestCodeForm, "clean_email", RequestLoginCodeForm.clean_email)
    user = factories.user(KNOWN)
    EmailAddress.objects.create(user=user, email=KNOWN, verified=True, primary=True)
    path, data = DOORS[0]
    known = observed(path, data, KNOWN, hashes, without_tokens)
    unknown = observed(path, data, UNKNOWN, hashes, without_tokens)
    assert known["work"] != unknown["work"]
