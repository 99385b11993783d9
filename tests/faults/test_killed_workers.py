"""Workers killed in the middle of a campaign: every mail leaves once, and what nobody knows is asked of the relay (F01)."""

import os

import pytest

from mailing.models import Delivery
from tests.faults import harness
from tests.faults.harness import State, until

pytestmark = [pytest.mark.fault, pytest.mark.chaos, pytest.mark.django_db(transaction=True)]

# The whole is 10,000 mails under 25 kills. Each kill costs a worker's start and meets the same code: on every change a
# part of both is enough, since a kill at each named moment is a test of its own (`test_doubts`), and the kinds of faults are all in it.
PART = int(os.environ.get("FAULTS_PART", "1"))
READERS, DEAD, LATE, LOST_BEFORE, LOST_AFTER, KILLS = (
    number // PART for number in (10_000, 20, 200, 50, 50, 25)
)


def boxes():
    """Mostly good ones; for the others the server has a fault (`tests.faults.sink`)."""
    faults = {"dead": DEAD, "once": LATE, "before": LOST_BEFORE, "after": LOST_AFTER}
    words = [word for word, number in faults.items() for _ in range(number)]
    words += ["good"] * (READERS - len(words))
    spread = [words[no * 3_571 % READERS] for no in range(READERS)]  # 3,571 is prime: each once
    return [f"reader{no}.{word}" for no, word in enumerate(spread)]


def test_every_mail_leaves_once_whoever_is_killed(sink, team):
    server = sink(idle=5, slow=1)
    harness.subscribers(boxes())
    message = harness.newsletter()
    assert message.audience_size == READERS
    crew = team(server.settings)
    crew.start(3)
    for number in range(KILLS):
        share = READERS * (number + 1) // (KILLS + 2)
        until(lambda share=share: len(server.times()) >= share, f"{share} mails")
        crew.kill()
    until(harness.is_over, "the campaign's end", seconds=600)
    assert crew.kills == KILLS
    assert harness.tally() == {"sent": READERS - DEAD, "failed": DEAD}
    harness.each_once(server)
    found = Delivery.objects.filter(resolved_by="relay log: found", state=State.SENT)
    absent = Delivery.objects.filter(resolved_by="relay log: absent", state=State.SENT)
    assert found.filter(address__contains=".after@").count() == LOST_AFTER
    assert absent.filter(address__contains=".before@").count() == LOST_BEFORE
