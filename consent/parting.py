"""Two who were taken for one turn out to be two: what was permitted meanwhile holds for whoever said it (GDPR Art. 7).

While they were one, every word was written on the chains of both. A refusal stays with both: it does no harm to have it
twice. A permission stays with whose address gave it; where nothing tells, it was the kept one's. From the other it is
withdrawn, unless they had given it before.
"""

from accounts.models import User
from consent import ledger
from consent.kinds import BASIS_OF, Action, Method
from consent.models import Address, Chain, Event, Evidence, Person, State


def part(kept: Person, other: Person, lengths: dict[str, int], *, by: User) -> int:
    """Withdraw from each what the other gave since the chains were this long; how many words that took.

    The chains are with their persons again. `lengths` are the numbers of events by the chain's key.
    """
    count = 0
    for person in (kept, other):
        for chain in ledger.chains_of(person):
            if str(chain.pk) in lengths:
                since = lengths[str(chain.pk)]
                count += sum(
                    take_back(person, state, by=by)
                    for state in loosened(chain, since)
                    if speaker(state.event, kept, other) != person
                    and not was_so(chain, state, since)
                )
    return count


def loosened(chain: Chain, since: int) -> list[State]:
    """Last words later than this that permit something, or end a restriction."""
    found = State.objects.filter(chain=chain, event__seq__gt=since).select_related("event")
    ends = [each for each in found if each.allowed or each.action == Action.RELEASED]
    return sorted(ends, key=lambda each: each.event_id)


def was_so(chain: Chain, state: State, since: int) -> bool:
    """Whether the chain said as much in this scope before."""
    scope = {
        name: getattr(state, name) for name in ("purpose", "channel", "topic_id", "controller_id")
    }
    before = Event.objects.filter(chain=chain, seq__lte=since, **scope).order_by("seq").last()
    if state.action == Action.RELEASED:
        return before is None or before.action != Action.RESTRICTED
    return before is not None and before.action in BASIS_OF


def speaker(event: Event, kept: Person, other: Person) -> Person:
    """Whose word it was, by the address it came from."""
    typed = Evidence.objects.filter(event=event).values_list("address", flat=True).first() or ""
    is_theirs = Address.objects.filter(person=other, email__iexact=typed).exists()
    return other if typed and is_theirs else kept


def take_back(person: Person, state: State, *, by: User) -> bool:
    """Undo the word on this person's chains, in the name of who parts the two."""
    if state.action == Action.RELEASED:
        return ledger.restrict(person, method=Method.STAFF, by=by) is not None
    taken = ledger.withdraw(
        person,
        state.purpose,
        channel=state.channel,
        topic=state.topic,
        controller=state.controller,
        method=Method.STAFF,
        by=by,
    )
    return taken is not None
