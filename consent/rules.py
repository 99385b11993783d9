"""May somebody be contacted: one table of rules, read from the top, and the one SQL statement made from it (D3.4).

The first rule whose condition holds decides. Conditions speak of the question `q`, of what the person has `said` (the
newest event of each kind that covers the question), of the address mail `reach`es, and of the `ledger`.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from consent.addresses import FREEMAIL
from consent.kinds import INTEREST, Basis


@dataclass(frozen=True)
class Rule:
    """A line of the table; `event` is what it rests on. A passing one speaks of today, never of the past."""

    name: str
    when: str
    why: StrOrPromise
    allows: bool = False
    basis: str = ""
    event: str = "NULL"
    is_passing: bool = False


RULES = (
    Rule(
        "closed_address",
        "reach.closed AND q.purpose <> 'proof'",  # else nobody could ever open theirs again
        _("Nothing is sent to this address: mail does not arrive, or it was reported as spam."),
        is_passing=True,
    ),
    Rule(
        "legal",
        "q.kind = 'legal'",
        _("The law requires this message."),
        allows=True,
        basis=Basis.DUTY,
    ),
    Rule(
        "restricted",
        "said.restricted IS NOT NULL",
        _("The processing of this person’s data is restricted."),
        event="said.restricted",
    ),
    Rule(
        "service",
        "q.kind = 'service'",
        _("It belongs to something the person has ordered or asked for."),
        allows=True,
        basis=Basis.CONTRACT,
    ),
    Rule("unknown_purpose", "q.kind <> 'marketing'", _("Nobody has said what this is for.")),
    Rule(
        "ledger_broken",
        "ledger.is_broken",
        _("The record of permissions does not pass its examination; no marketing is sent."),
        is_passing=True,
    ),
    Rule(
        "objected",
        "said.objected IS NOT NULL",
        _("The person has objected to all marketing."),
        event="said.objected",
    ),
    Rule(
        "withdrawn",
        "said.withdrawn IS NOT NULL",
        _("The person has said no to this."),
        event="said.withdrawn",
    ),
    Rule("paused", "wants.a_pause", _("The person has paused these messages."), is_passing=True),
    Rule(
        "consent",
        "said.granted IS NOT NULL",
        _("The person has given consent."),
        allows=True,
        basis=Basis.CONSENT,
        event="said.granted",
    ),
    Rule(
        "customer",
        "said.bought IS NOT NULL AND q.controller IS NOT NULL",
        _(
            "The person has bought training from this institution and has not refused similar offers."
        ),
        allows=True,
        basis=Basis.CUSTOMER,
        event="said.bought",
    ),
    Rule(
        "legal_person",
        "said.works IS NOT NULL AND NOT reach.freemail",
        _("It concerns the work of an organisation that has not refused."),
        allows=True,
        basis=Basis.LEGAL_PERSON,
        event="said.works",
    ),
    Rule(
        "live_call",
        "q.channel IN ('phone', 'post')",
        _("A call or a letter is allowed until the person refuses it."),
        allows=True,
        basis=INTEREST,
    ),
    Rule("no_ground", "true", _("The person has not given permission.")),
)
BY_NAME = {rule.name: rule for rule in RULES}
PERMITTING = tuple(rule.name for rule in RULES if rule.allows)
LASTING = tuple(rule for rule in RULES if not rule.is_passing)


@dataclass(frozen=True)
class Decision:
    """The answer, the rule that gave it, and the event of the ledger it rests on."""

    rule: str
    event_id: int | None = None

    @property
    def allowed(self) -> bool:
        return BY_NAME[self.rule].allows

    @property
    def basis(self) -> str:
        """One of kinds.Basis, or kinds.INTEREST; empty when it is a refusal."""
        return BY_NAME[self.rule].basis

    @property
    def why(self) -> str:
        """The reason in the reader's language."""
        return str(BY_NAME[self.rule].why)


QUESTION = """(SELECT %s::text AS purpose, %s::text AS kind, %s::text AS channel, %s::bigint AS topic,
                %s::bigint AS controller)"""

MANY = """(SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[]) WITH ORDINALITY
                AS asked (purpose, kind, channel, topic, controller, number))"""

# What is permitted later within a refusal lifts it: any permission lifts an objection, one topic's the refusal of all
# topics. The database lets nothing but the person's own consent be such a permission. Chains are judged one by one
# and the strictest wins: a refusal on one is not lifted by another.
SAID = """
  SELECT max(w.event_id) FILTER (WHERE w.action = 'restricted') AS restricted,
         max(w.event_id) FILTER (WHERE w.action = 'objected' AND NOT w.is_lifted) AS objected,
         max(w.event_id) FILTER (WHERE w.action = 'withdrawn' AND NOT w.is_lifted) AS withdrawn,
         max(w.event_id) FILTER (WHERE w.action = 'granted') AS granted,
         max(w.event_id) FILTER (WHERE w.action = 'soft_opt_in') AS bought,
         max(w.event_id) FILTER (WHERE w.action = 'legal_person'
           AND (p.kind = 'organisation' OR w.topic_id IS NOT NULL)) AS works
  FROM (
    SELECT s.action, s.event_id, s.topic_id,
           coalesce(s.event_id < CASE
             WHEN s.purpose = '*' THEN max(s.event_id) FILTER (WHERE s.allowed) OVER chain
             WHEN s.topic_id IS NULL
               THEN max(s.event_id) FILTER (WHERE s.allowed AND s.topic_id IS NOT NULL) OVER chain
           END, false) AS is_lifted
    FROM consent_chainowner o JOIN {state} s ON s.chain_id = o.chain_id
    WHERE o.person_id = p.id
      AND (s.channel = '*' OR s.purpose = q.purpose AND s.channel = q.channel
           AND s.controller_id IS NOT DISTINCT FROM q.controller
           AND (s.topic_id IS NULL OR s.topic_id = q.topic))
    WINDOW chain AS (PARTITION BY s.chain_id)
  ) w"""

PRIMARY = """
  SELECT q.channel = 'email' AND NOT coalesce(bool_or(a.closed_at IS NULL), false) AS closed,
         coalesce(bool_or(substring(lower(a.email) FROM '[^@]*$') IN ({freemail})), false) AS freemail
  FROM consent_address a WHERE a.person_id = p.id AND a.is_primary"""

# an address somebody proves before it is theirs is not in the table, and open
GIVEN = """
  SELECT q.channel = 'email' AND coalesce(bool_or(a.closed_at IS NOT NULL), false) AS closed,
         substring(lower(q.address) FROM '[^@]*$') IN ({freemail}) AS freemail
  FROM consent_address a WHERE lower(a.email) = lower(q.address)"""

JUDGE = """
SELECT p.id AS person_id, CASE {rules} END AS rule, CASE {events} END AS event_id
FROM consent_person p
CROSS JOIN {question} q
CROSS JOIN (
  SELECT coalesce((SELECT NOT v.is_intact FROM consent_verification v ORDER BY v.id DESC LIMIT 1), false) AS is_broken
) ledger
CROSS JOIN LATERAL ({said}) said
CROSS JOIN LATERAL ({reach}) reach
CROSS JOIN LATERAL (
  SELECT EXISTS (
    SELECT FROM consent_preference f WHERE f.person_id = p.id AND f.purpose = q.purpose
      AND f.paused_until > (portal_now() AT TIME ZONE 'Europe/Helsinki')::date) AS a_pause
) wants"""


def judge_many() -> str:
    """The statement for many questions on all people: person_id, rule, event_id for each, in the questions' order.

    Its parameters are the same as those of `judge`, each an array, and the person.
    """
    return f"{judge().replace(QUESTION, MANY)} WHERE p.id = %s ORDER BY q.number"


def judge(
    *, state: str = "consent_state", rules: tuple[Rule, ...] = RULES, address: bool = False
) -> str:
    """The statement for all people: person_id, rule, event_id.

    Its parameters are purpose, kind, channel, topic, controller, and with `address` the one mail goes to. `state` is
    a relation like consent_state.
    """
    question = (
        QUESTION.replace("controller)", "controller, %s::text AS address)") if address else QUESTION
    )
    freemail = ", ".join(f"'{domain}'" for domain in FREEMAIL)
    return JUDGE.format(
        rules=" ".join(f"WHEN {rule.when} THEN '{rule.name}'" for rule in rules),
        events=" ".join(f"WHEN {rule.when} THEN {rule.event}" for rule in rules),
        question=question,
        said=SAID.format(state=state),
        reach=(GIVEN if address else PRIMARY).format(freemail=freemail),
    )
