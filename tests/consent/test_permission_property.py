"""Four judges of one history agree: the gate, a page, a queryset, and plain Python that knows no SQL (D3.4)."""

from dataclasses import dataclass, field, replace

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import prepared
from consent import ledger, permission
from consent.kinds import Channel
from consent.models import Address, Person, Preference, Verification
from tests import factories
from tests.factories import DAY

pytestmark = pytest.mark.django_db

PURPOSES = ["newsletter", "similar"]
TOPICS = [None, "digi", "talous"]
CONTROLLERS = [None, "tamk", "tty"]
CHANNELS = ["email", "sms"]
ALLOWING = {"grant", "staff", "import", "sale", "work"}
LIFTED_BY = "grant"  # the person's own consent


@dataclass
class Chain:
    """What was said, in order: (what, purpose, channel, topic, controller)."""

    said: list[tuple[str | None, ...]] = field(default_factory=list)

    def last_words(self):
        """The last word in each scope and when it was said."""
        words = {}
        for when, (what, *scope) in enumerate(self.said):
            key = "all" if what == "object" else tuple(scope)
            if what not in {"restrict", "release"}:
                words[key] = (when, what)
        return words

    def covering(self, purpose, channel, topic, controller):
        """Last words on the question from the widest to the narrowest: (width, when, what)."""
        words, found = self.last_words(), []
        scopes = [("all", 2), ((purpose, channel, None, controller), 1)]
        if topic:
            scopes.append(((purpose, channel, topic, controller), 0))
        for scope, width in scopes:
            if scope in words:
                found.append((width, *words[scope]))
        return found

    def refusal(self, *question):
        """objected, withdrawn or None: a refusal that nothing narrower has overcome since."""
        words = self.covering(*question)
        standing = [
            what
            for width, when, what in words
            if what in {"object", "withdraw"}
            and not any(
                other in ALLOWING and later > when and narrower < width
                for narrower, later, other in words
            )
        ]
        return "objected" if "object" in standing else "withdrawn" if standing else None

    def grounds(self, *question):
        return {
            (what, width) for width, _when, what in self.covering(*question) if what in ALLOWING
        }

    def is_restricted(self):
        states = [what for what, *_scope in self.said if what in {"restrict", "release"}]
        return states[-1:] == ["restrict"]


@dataclass
class Facts:
    """What the answer depends on besides what was said."""

    is_organisation: bool
    is_freemail: bool
    is_closed: bool
    is_paused: bool
    is_broken: bool


def expected(chains, facts, kind, *question):
    """The name of the rule that decides; written from the law, not from the table."""
    purpose, channel, *_rest = question
    refusals = {chain.refusal(*question) for chain in chains}
    grounds = {ground for chain in chains for ground in chain.grounds(*question)}
    ways = {what for what, _width in grounds}
    answers = (
        ("closed_address", facts.is_closed and channel == "email"),
        ("legal", kind == "legal"),
        ("restricted", any(chain.is_restricted() for chain in chains)),
        ("service", kind == "service"),
        ("unknown_purpose", kind == ""),
        ("ledger_broken", facts.is_broken),
        ("objected", "objected" in refusals),
        ("withdrawn", "withdrawn" in refusals),
        ("paused", facts.is_paused and purpose == "newsletter"),
        ("consent", ways & {"grant", "staff", "import"}),
        ("customer", "sale" in ways),
        ("legal_person", is_work(grounds, facts)),
        ("no_ground", True),
    )
    return next(rule for rule, holds in answers if holds)


def is_work(grounds, facts):
    """An organisation's address, or a topic of the person's work; never a free mail address."""
    widths = {width for what, width in grounds if what == "work"}
    return not facts.is_freemail and (0 in widths or (facts.is_organisation and 1 in widths))


# --- random histories ------------------------------------------------------------------------

SCOPES = st.tuples(
    st.sampled_from(PURPOSES),
    st.sampled_from(CHANNELS),
    st.sampled_from(TOPICS),
    st.sampled_from(CONTROLLERS),
)
NARROW = st.just(("newsletter", "email", "digi", None)) | st.just(
    ("newsletter", "email", None, None)
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "grant",
                "grant",
                "staff",
                "import",
                "withdraw",
                "object",
                "sale",
                "work",
                "restrict",
                "release",
            ]
        ),
        NARROW | SCOPES,
    ),
    max_size=8,
)
FACTS = st.builds(
    Facts,
    is_organisation=st.booleans(),
    is_freemail=st.sampled_from([False, False, True]),
    is_closed=st.sampled_from([False, False, False, True]),
    is_paused=st.sampled_from([False, False, False, True]),
    is_broken=st.sampled_from([False, False, False, True]),
)


class Teller:
    """Tells a history to the ledger and to the plain chains alike."""

    def __init__(self, facts):
        domain = "gmail.com" if facts.is_freemail else "konepaja.fi"
        kind = Person.Kind.ORGANISATION if facts.is_organisation else Person.Kind.NATURAL
        self.facts, self.chains = facts, []
        number = Person.objects.count()
        self.person = factories.person(f"p{number}@{domain}", kind=kind)
        self.staff = factories.User.objects.filter(is_staff=True).first() or factories.user(
            is_staff=True
        )

    def tell(self, what, scope):
        """Do it; a refusal to record must be the one the plain chains predict."""
        _purpose, channel, topic, controller = scope
        if what == "sale":
            scope = ("similar", channel, None, controller or "tamk")
        if what == "work" and (self.facts.is_freemail or not (topic or self.facts.is_organisation)):
            with pytest.raises(ledger.NotForWorkError):
                self.say(what, scope)
            return
        stands = any(chain.refusal(*scope) for chain in self.chains)
        if what in ALLOWING - {LIFTED_BY} and stands:
            with pytest.raises(ledger.RefusalStandsError):
                self.say(what, scope)
            return
        if self.say(what, scope):
            self.chains = self.chains or [Chain()]
            for chain in self.chains:
                chain.said.append((what, *scope))

    def say(self, what, scope):
        purpose, channel, topic, controller = scope
        where = {
            "channel": channel,
            "topic": topic and factories.topic(topic),
            "controller": controller and factories.institution(controller),
        }
        who, by = self.person, self.staff
        return {
            "grant": lambda: factories.grant(who, purpose, **where),
            "staff": lambda: factories.grant(who, purpose, method="staff", by=by, **where),
            "import": lambda: factories.grant(who, purpose, method="import", **where),
            "withdraw": lambda: ledger.withdraw(who, purpose, method="one_click", **where),
            "object": lambda: ledger.object_to_marketing(who, method="form"),
            "sale": lambda: factories.sale(who, where["controller"], channel=channel),
            "work": lambda: ledger.legal_person(who, purpose, source="register", **where),
            "restrict": lambda: ledger.restrict(who, method="form"),
            "release": lambda: ledger.release(who, method="form"),
        }[what]()

    def set_facts(self):
        now = timezone.now()
        if self.facts.is_closed:
            Address.objects.filter(person=self.person).update(
                closed_at=now, closed_because="complaint"
            )
        if self.facts.is_paused:
            Preference.objects.create(
                person=self.person,
                purpose="newsletter",
                paused_until=timezone.localdate() + 2 * DAY,
            )
        Verification.objects.create(events=0, is_intact=not self.facts.is_broken)


QUESTIONS = [
    (kind, purpose, channel, topic, controller)
    for kind, purpose in (
        ("marketing", "newsletter"),
        ("marketing", "similar"),
        ("service", "service"),
        ("legal", "legal"),
        ("", "unheard-of"),
    )
    for channel in CHANNELS
    for topic in TOPICS
    for controller in CONTROLLERS
]


HISTORY = {
    "facts": FACTS,
    "before": STEPS,
    "other": STEPS,
    "after": STEPS,
    "questions": st.lists(st.sampled_from(QUESTIONS), min_size=12, max_size=12),
}
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def judge_a_history(facts, before, other, after, questions):
    """Two people's histories, merged, and what was said after that."""
    mine, theirs = Teller(facts), Teller(facts)
    for step in before:
        mine.tell(*step)
    for step in other:
        theirs.tell(*step)
    ledger.join(mine.person, theirs.person)
    mine.chains = [*(mine.chains or [Chain()]), *(theirs.chains or [Chain()])]
    for step in after:
        mine.tell(*step)
    mine.set_facts()
    for question in questions:
        agree(mine, *question)
    lasting = Facts(facts.is_organisation, facts.is_freemail, False, False, False)
    for each in permission.at(mine.person, timezone.now()):
        if each.purpose in PURPOSES:
            scope = (each.purpose, each.channel, slug(each.topic), slug(each.controller))
            rule = permission.Decision(expected(mine.chains, lasting, "marketing", *scope))
            assert (each.why, each.allowed) == (rule.why, rule.allowed)


test_all_judges_agree = QUICK(given(**HISTORY)(judge_a_history))


@pytest.fixture
def forgetful():
    """Connections forget the planned statements before and after."""

    forget_planned()
    yield
    forget_planned()


def forget_planned():
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    prepared._prepared.clear()


NEWS = ("newsletter", "email", None, None)
DIGI = ("newsletter", "email", "digi", None)
TAMK = ("newsletter", "email", None, "tamk")


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize(
    ("line", "instead", "before", "other"),
    [
        ("WHEN said.restricted IS NOT NULL", "WHEN false", [("restrict", NEWS)], []),
        ("WHEN said.objected IS NOT NULL", "WHEN false", [("object", NEWS)], []),
        ("AND s.controller_id IS NOT DISTINCT FROM q.controller", "", [("grant", TAMK)], []),
        ("AND (s.topic_id IS NULL OR s.topic_id = q.topic)", "", [("grant", DIGI)], []),
        ("PARTITION BY s.chain_id", "", [("withdraw", NEWS)], [("grant", DIGI)]),
        (
            "w.action = 'withdrawn' AND NOT w.is_lifted",
            "w.action = 'withdrawn'",
            [("withdraw", NEWS), ("grant", DIGI)],
            [],
        ),
    ],
)
def test_the_judges_would_notice(line, instead, before, other, monkeypatch):
    """The control: with a line of the gate's statement changed, this history makes them disagree."""
    history = (Facts(False, False, False, False, False), before, other, [])
    judge_a_history(*history, QUESTIONS)
    assert line in permission.DECIDE.sql
    changed = replace(permission.DECIDE, sql=permission.DECIDE.sql.replace(line, instead))
    monkeypatch.setattr(permission, "DECIDE", changed)
    forget_planned()
    with pytest.raises(AssertionError):
        judge_a_history(*history, QUESTIONS)


def slug(row):
    return row and row.slug


def agree(teller, kind, purpose, channel, *rest):
    """The gate, the page and the queryset say what the plain chains say, and a yes names its event."""
    rule = expected(teller.chains, teller.facts, kind, purpose, channel, *rest)
    topic, controller = rest
    on = topic and factories.topic(topic)
    by = controller and factories.institution(controller)
    question = (purpose, channel, on, by)
    shown = permission.may_contact(teller.person, *question)
    gate = permission.decide(
        teller.person.pk, purpose, channel, on and on.pk, by and by.pk, lock=True
    )
    chosen = permission.permitted(Person.objects.filter(pk=teller.person.pk), *question)
    assert (shown.rule, gate, chosen.exists()) == (rule, shown, shown.allowed)
    is_ground = shown.allowed and kind == "marketing"
    assert is_ground == (shown.allowed and shown.event_id is not None)


def test_the_channels_are_known():
    assert set(CHANNELS) < set(Channel.values)
