"""A thousand sign-ups for one address at once, against the running site: three mails, one answer, no growing table (A9, D2.1)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from consent.models import Address, Person
from mailing.models import Delivery, SignUp
from mailing.views import newsletter
from tests.faults import harness
from tests.faults.harness import until
from tests.faults.visitor import Visitor

pytestmark = [pytest.mark.fault, pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

PAGE, TIMES = "/en/newsletter/", 1_000
PRESET = {"frequency": "monthly", "language": "en"}


def ask(port, requests):
    """One visitor's requests in order, each an address: the pages they end on, and the statuses."""
    visitor = Visitor(port, ip=requests[0][0])
    visitor.open(PAGE)
    token = visitor.page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    answers = []
    for ip, address in requests:
        visitor.headers["X-Forwarded-For"] = ip
        status = visitor.open(PAGE, {**PRESET, "csrfmiddlewaretoken": token, "email": address})
        answers.append((status, visitor.url.removeprefix(visitor.base)))
    return answers


def at_once(port, requests, visitors=4):
    parts = [requests[number::visitors] for number in range(visitors)]
    with ThreadPoolExecutor(visitors) as pool:
        found = pool.map(lambda part: ask(port, part), parts)
    return Counter(answer for answers in found for answer in answers)


def test_a_thousand_at_once_from_everywhere_send_three_mails(web, sink, team):
    server, site = sink(), web(TRUSTED_PROXIES="1")
    crew = team(server.settings)
    crew.start(1)
    spellings = ["anna@example.org", "Anna@Example.ORG", " anna@example.org "]
    requests = [
        (f"192.0.{no // 250}.{no % 250 + 1}", spellings[no % len(spellings)]) for no in range(TIMES)
    ]
    assert at_once(site.port, requests) == {(200, "/en/newsletter/sent/"): TIMES}
    until(harness.is_over, "the mails")
    assert server.recipients() == ["anna@example.org"] * 3
    assert (SignUp.objects.count(), Delivery.objects.count()) == (3, 3)
    assert (Person.objects.count(), Address.objects.count()) == (1, 1)


def test_one_network_asks_for_no_more_than_twenty_addresses(web, sink, team):
    """In IPv6 a visitor has a network of addresses: it counts as one."""
    server, site = sink(), web(TRUSTED_PROXIES="1")
    crew = team(server.settings)
    crew.start(1)
    requests = [(f"2001:db8:0:7::{no:x}", f"person{no}@example.org") for no in range(1, 101)]
    assert at_once(site.port, requests) == {
        (200, "/en/newsletter/sent/"): 20,
        (429, "/en/newsletter/"): 80,
    }
    until(harness.is_over, "the mails")
    assert (SignUp.objects.count(), len(server.taken())) == (20, 20)


@pytest.mark.parametrize(
    ("limit", "where", "who"),
    [
        ("mailed_link_to_address", "192.0.2.{}", "anna@example.org"),
        ("mailed_link", "192.0.2.1", "person{}@example.org"),
    ],
)
def test_a_control_without_that_limit_each_request_is_a_mail(
    client, monkeypatch, limit, where, who
):
    within = newsletter.is_within
    monkeypatch.setattr(newsletter, "is_within", lambda *about: about[1] == limit or within(*about))
    for no in range(25):
        wish = {**PRESET, "email": who.format(no)}
        assert client.post(PAGE, wish, REMOTE_ADDR=where.format(no)).status_code == 302
    assert (SignUp.objects.count(), Delivery.objects.count()) == (25, 25)
