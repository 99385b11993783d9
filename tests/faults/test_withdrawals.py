"""Who withdraws while a campaign goes out gets nothing after the answer to their click (F07, D4.1)."""

import contextlib
import http.client
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from consent.models import Event
from mailing import links
from mailing.models import Delivery
from portal import invariants
from tests.faults import harness
from tests.faults.harness import State, until

pytestmark = [pytest.mark.fault, pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

READERS, WITHDRAWALS = 1_500, 700
ONE_CLICK = b"List-Unsubscribe=One-Click"


def click(port, path):
    """The one-click POST of a mail program: no cookie, no page; its status, body and the moment it was answered."""
    with contextlib.closing(http.client.HTTPConnection("localhost", port, timeout=120)) as link:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        link.request("POST", path, ONE_CLICK, headers)
        answer = link.getresponse()
        return answer.status, answer.read(), datetime.now(UTC)


def withdraw_in_the_middle(site, server, readers, withdrawals):
    """Some people click while mails go out; when each was answered, by delivery."""
    people = harness.subscribers([f"reader{no}.good" for no in range(readers)])
    message = harness.newsletter()
    chosen = random.Random(7).sample(people, withdrawals)  # noqa: S311  no secret
    mails = list(message.deliveries.filter(person__in=chosen).select_related("person", "message"))
    paths = {each.pk: urlsplit(links.one_click_url(each)).path for each in mails}
    until(lambda: len(server.times()) > readers // 20, "the first mails")
    with ThreadPoolExecutor(4) as pool:
        answers = dict(
            zip(paths, pool.map(lambda path: click(site.port, path), paths.values()), strict=True)
        )
    assert {(status, body) for status, body, _at in answers.values()} == {(200, b"")}
    until(harness.is_over, "the campaign's end")
    return {key: at for key, (_status, _body, at) in answers.items()}


def left_after_the_answer(answered):
    """The deliveries that were transmitted although their reader's withdrawal had been confirmed."""
    sent = Delivery.objects.filter(pk__in=answered, transmit_at__isnull=False)
    return [each.pk for each in sent if each.transmit_at > answered[each.pk]]


def test_700_withdrawals_among_1500_mails(web, sink, team):
    server = sink(slow=15)
    site = web()
    crew = team(server.settings)
    crew.start(2)
    answered = withdraw_in_the_middle(site, server, READERS, WITHDRAWALS)
    assert left_after_the_answer(answered) == []
    stopped = Delivery.objects.filter(state=State.SUPPRESSED)
    assert set(stopped.values_list("decision", flat=True)) == {"withdrawn"}
    assert set(stopped.values_list("pk", flat=True)) <= set(answered)
    assert 0 < stopped.count() < WITHDRAWALS  # some clicked before their mail, some after it
    assert harness.tally() == {"sent": READERS - stopped.count(), "suppressed": stopped.count()}
    assert Event.objects.filter(action="withdrawn", method="one_click").count() == WITHDRAWALS
    harness.each_once(server)


def test_a_control_that_asks_when_the_audience_is_frozen_mails_who_has_withdrawn(web, sink, team):
    server = sink(slow=15)
    site = web()
    crew = team(server.settings, UNGUARDED="gate")
    crew.start(2, app="tests.faults.unguarded")
    answered = withdraw_in_the_middle(site, server, 300, 150)
    late = left_after_the_answer(answered)
    assert late
    found = {key for (key,) in invariants.broken()["b4"]}
    assert set(late) <= found
