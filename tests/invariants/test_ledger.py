"""Many writers of one chain: every event has its place, and the chain is whole (D3.1)."""

import pytest

from consent import ledger, verification
from consent.kinds import Action
from consent.ledger import About, Said
from consent.models import Chain, Event
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_20_people_s_500_events_on_one_chain(crowd, all_promises_hold):
    person, wording = factories.person(), ledger.wording_of("newsletter", "fi")
    about, said = About("newsletter"), Said("form")

    def speak(number):
        for turn in range(25):
            if (number + turn) % 2:
                ledger.append(person, Action.GRANTED, about, said, wording)
            else:
                ledger.append(person, Action.WITHDRAWN, about, said)

    crowd.all_at_once(speak, range(20))
    assert crowd.errors == []
    assert list(Event.objects.order_by("pk").values_list("seq", flat=True)) == [*range(1, 501)]
    assert Chain.objects.get().seq == 500
    assert verification.verify() == []
    all_promises_hold()
