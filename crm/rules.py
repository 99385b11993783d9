"""The rules by which rows of consent, mailing and crm go over when two entries are made one."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consent import ledger
from consent.models import Address, Alias, ChainOwner, Person, Preference
from crm import pairs, parents
from crm.joining import OTHER, Clash, Joining, Rule, is_demoted, is_ended, nothing, plain
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Duplicate,
    Encounter,
    ImportRow,
    Look,
    Merge,
    NamedContact,
    Organisation,
    OrganisationAddress,
    OrganisationAlias,
    OrganisationDomain,
    OrganisationName,
    Situation,
    Task,
)
from mailing.models import Delivery, InboundMail, SignUp

OPEN = Q(until__isnull=True)
CARD = ("title", "languages", "source", "basis", "from_others_at", "informed_at")
RIGHTS: list[str] = list(reversed(Affiliation.Rights.values))  # the widest last
PACES: list[str] = Preference.Frequency.values  # from the most mail to the least
State = Delivery.State


class BusyError(Exception):
    """A mail to one of them is leaving at this moment."""


# --- how some of them go ------------------------------------------------------------------


def chosen_is_primary(joining: Joining, row: Address, theirs: Address) -> None:
    """Of two primary addresses the chosen one stays primary."""
    joining.change(theirs if joining.takes_other("email") else row, is_primary=False)


def stricter(joining: Joining, row: Preference, theirs: Preference) -> None:
    """The longer pause and the rarer pace of both: who wanted less mail gets no more."""
    pauses = [each.paused_until for each in (row, theirs) if each.paused_until]
    pace = max(row.frequency, theirs.frequency, key=PACES.index)
    joining.change(theirs, paused_until=max(pauses, default=None), frequency=pace)


def one_role(joining: Joining, row: Affiliation, theirs: Affiliation) -> None:
    """Two open roles at one organisation become one with the wider rights; the other's ends."""
    joining.change(
        theirs,
        rights=max(row.rights, theirs.rights, key=RIGHTS.index),
        title=theirs.title or row.title,
        decision_power=theirs.decision_power or row.decision_power,
    )
    is_ended(joining, row, theirs)


def chains(joining: Joining, rule: Rule) -> None:
    """The ledger's own verb takes them over; what they said until now is remembered by their length."""
    joining.moved[rule.name] = list(rule.rows(joining.other).values_list("pk", flat=True))
    kept = ledger.chains_of(joining.kept)
    others = ledger.join(joining.kept, joining.other)
    joining.more["chains"] = {str(chain.pk): chain.seq for chain in [*kept, *others]}


def card(joining: Joining, _rule: Rule) -> None:
    """The card in the register, field by field; the other's stays with the entry that nobody sees any more."""
    cards = {each.pk: each for each in plain(ContactPerson).filter(pk__in=_both(joining))}
    other, kept = cards.get(joining.other.pk), cards.get(joining.kept.pk)
    if other is None:
        return
    if kept is None:
        kept = ContactPerson(person=joining.kept, created_at=joining.now)
        joining.make(kept, *CARD)
    others = [each.from_others_at for each in (kept, other) if each.from_others_at]
    joining.change(
        kept,
        title=_either(joining, "title", kept.title, other.title),
        languages=_either(joining, "languages", kept.languages, other.languages),
        source=_either(joining, "source", kept.source, other.source),
        basis=kept.basis or other.basis,
        from_others_at=min(others, default=None),
        informed_at=kept.informed_at or other.informed_at,
    )


def _both(joining: Joining) -> list[int]:
    return [joining.kept.pk, joining.other.pk]


def _either(joining: Joining, name: str, kept: Any, other: Any) -> Any:
    """The chosen value; unchosen, the kept one's unless it is empty."""
    return other if joining.choices.get(name) == OTHER else kept or other


def subsidiaries(joining: Joining, rule: Rule) -> None:
    """Whom the kept one is under, and the other's subsidiaries."""
    joining.change(joining.kept, parent_id=parents.of_both(joining))
    joining.move(rule, rule.rows(joining.other).exclude(pk=joining.kept.pk))


def lock_deliveries(*people: Person) -> None:
    """A delivery in a worker's hand knows its person by the former key: BusyError while there is one."""
    rows = Delivery.objects.select_for_update().filter(person__in=people).order_by("pk")
    if {State.CLAIMED, State.TRANSMITTING} & set(rows.values_list("state", flat=True)):
        raise BusyError


# --- the table ----------------------------------------------------------------------------

PEOPLE = (
    Rule(
        Address,
        "person",
        _("e-mail addresses"),
        (Clash(among=Q(is_primary=True), settle=chosen_is_primary),),
    ),
    Rule(Preference, "person", _("wishes on mail"), (Clash(("purpose",), settle=stricter),)),
    Rule(ChainOwner, "person", _("records of what they permit"), by=chains),
    Rule(Alias, "kept", _("former entries")),
    Rule(
        Alias, "person", _("former entries"), by=nothing, remains=True
    ),  # who is an alias is not merged again
    Rule(
        Delivery,
        "person",
        _("mails"),
        (Clash(("message",)),),  # both got the same letter: the database lets nobody get it twice
        before=lock_deliveries,
        remains=True,
    ),
    Rule(SignUp, "person", _("requests for the newsletter")),
    Rule(InboundMail, "person", _("mails from them")),
    Rule(ContactPerson, "person", _("card in the register"), by=card),
    Rule(
        ContactPhone,
        "contact",
        _("phones"),
        (Clash(("number",)), Clash(among=Q(is_primary=True), settle=is_demoted)),
    ),
    Rule(
        Affiliation,
        "person",
        _("roles at organisations"),
        (
            Clash(("organisation",), OPEN, one_role),
            Clash((), OPEN & Q(is_primary=True), is_demoted),
        ),
    ),
    Rule(Situation, "person", _("situations")),
    Rule(Encounter, "person", _("entries of the timeline")),
    Rule(Task, "person", _("tasks")),
    Rule(NamedContact, "person", _("named contacts"), (Clash((), OPEN, is_ended),)),
    Rule(Duplicate, "left_person", _("likely duplicates"), by=pairs.go_over),
    Rule(Duplicate, "right_person", _("likely duplicates"), by=nothing),  # the left one's takes it
    Rule(Merge, "person", _("former merges")),
    Rule(ImportRow, "person", _("rows of imports")),
    Rule(Look, "person", _("looks at their data")),
)
ORGANISATIONS = (
    Rule(OrganisationName, "organisation", _("other names"), (Clash(("name__iexact",)),)),
    Rule(OrganisationDomain, "organisation", _("domains"), (Clash(("domain",)),)),
    Rule(OrganisationAddress, "organisation", _("postal addresses"), (Clash(("kind",)),)),
    Rule(Organisation, "parent", _("subsidiaries"), by=subsidiaries),
    Rule(OrganisationAlias, "kept", _("former entries")),
    Rule(OrganisationAlias, "organisation", _("former entries"), by=nothing, remains=True),
    Rule(Affiliation, "organisation", _("people"), (Clash(("person",), OPEN, one_role),)),
    Rule(Situation, "organisation", _("situations")),
    Rule(Encounter, "organisation", _("entries of the timeline")),
    Rule(Task, "organisation", _("tasks")),
    Rule(NamedContact, "organisation", _("named contacts"), (Clash((), OPEN, is_ended),)),
    Rule(Duplicate, "left_organisation", _("likely duplicates"), by=pairs.go_over),
    Rule(Duplicate, "right_organisation", _("likely duplicates"), by=nothing),
    Rule(Merge, "organisation", _("former merges")),
    Rule(ImportRow, "organisation", _("rows of imports")),
)
