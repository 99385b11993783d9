"""How alike two people, or two organisations, are: a table of signs with their weights, and the reasons in words (C1.4).

The score is the sum of the weights of the signs that are found, from 0 to 100. From QUEUE_FROM on a pair is put before staff;
from HINT_FROM on it is worth a word at entry. The labelled pairs of the tests hold the weights to what they find.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from rapidfuzz.distance import OSA

from consent.addresses import GENERAL, is_freemail
from consent.names import FOLDED_FORMS, folded

QUEUE_FROM, HINT_FROM = 60, 40
SEVERAL = 3  # people of one name
# Given names in common use: two of them that differ by a letter are two names, not one misspelt.
GIVEN_NAMES = frozenset(
    folded(name) for name in Path(__file__).with_name("given_names.txt").read_text().split()
)
FORM_OF = {
    form: kind
    for kind, forms in {
        "company": "oy oyj ab abp as asoy osakeyhtio aktiebolag ltd limited inc gmbh plc lc ou aps",
        "partnership": "ky kb ay",
        "trader": "tmi fa",
        "association": "ry rf yhdistys forening",
        "foundation": "sr satio stiftelse",
        "cooperative": "osk osuskunta andelslag",
    }.items()
    for form in forms.split()
}


@dataclass(frozen=True)
class Sign:
    """Something that speaks for two entries being one, or against it."""

    name: str
    weight: int
    words: StrOrPromise


PEOPLE = (
    Sign("email_same", 90, _("the same e-mail address")),
    Sign("name_same", 45, _("the same name")),
    Sign("phone_same", 40, _("the same phone number")),
    Sign("name_part", 30, _("one name is a part of the other, as with a double surname")),
    Sign("name_near", 25, _("nearly the same name")),
    Sign("name_initials", 25, _("the initials fit the name")),
    Sign("local_same", 25, _("the same words before the @ of the address")),
    Sign("local_near", 20, _("nearly the same words before the @ of the address")),
    Sign("domain_same", 15, _("addresses at the same organisation")),
    Sign("local_usual", 10, _("the name before the @ at two organisations, as most have it")),
    Sign("work_same", 15, _("roles at the same organisation")),
    Sign("name_common", -15, _("a name that several people in the register have")),
    Sign("name_differs", -35, _("different names")),
)
ORGANISATIONS = (
    Sign("business_id_same", 100, _("the same business ID")),
    Sign("name_same", 60, _("the same name, its legal form aside")),
    Sign("name_near", 40, _("nearly the same name")),
    Sign("domain_same", 35, _("the same domain")),
    Sign("name_part", 25, _("one name is a part of the other")),
    Sign("address_same", 15, _("the same street address")),
    Sign("name_differs", -20, _("different names")),
    Sign("form_differs", -25, _("different legal forms")),
    Sign("business_id_differs", -50, _("different business IDs")),
)
BY_NAME = {
    "person": {sign.name: sign for sign in PEOPLE},
    "organisation": {sign.name: sign for sign in ORGANISATIONS},
}


class Mailbox(NamedTuple):
    """An address as it is compared: the words before the @, and the domain."""

    words: list[str]
    domain: str
    is_private: bool


@dataclass(frozen=True)
class Who:
    """What of a person is compared: addresses in lower case, phones in E.164, keys of organisations.

    `namesakes` is how many people of the register have this name, themself among them; 0 when that is not known.
    """

    name: str = ""
    emails: tuple[str, ...] = ()
    phones: frozenset[str] = frozenset()
    works_at: frozenset[int] = frozenset()
    namesakes: int = 0

    # Folded once: a search compares each with many.
    @cached_property
    def words(self) -> list[str]:
        """The name's words; without a name those before the @, when there are at least two."""
        if words := _words(self.name):
            return words
        return next((box.words for box in self.mailboxes if len(box.words) > 1), [])

    @cached_property
    def mailboxes(self) -> list[Mailbox]:
        """The addresses, in their order."""
        return [
            Mailbox(_words(email.partition("@")[0]), email.rpartition("@")[2], is_freemail(email))
            for email in self.emails
        ]


@dataclass(frozen=True)
class Body:
    """What of an organisation is compared: all its names, street with postcode in lower case, and the business IDs that
    lead to it since another was made one with it.
    """

    names: tuple[str, ...] = ()
    business_id: str = ""
    domains: frozenset[str] = frozenset()
    streets: frozenset[str] = frozenset()
    former_ids: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """Its business ID, and those of old."""
        return self.former_ids | ({self.business_id} - {""})


@dataclass(frozen=True)
class Likeness:
    """The score, and the names of the signs it is made of, the weightiest first."""

    score: int
    signs: tuple[str, ...]


def of_people(one: Who, two: Who) -> Likeness:
    """How alike two people are."""
    name = _of_names(one.words, two.words, _person_names)
    found = [
        name,
        "name_common"
        if name == "name_same" and max(one.namesakes, two.namesakes) >= SEVERAL
        else "",
        "phone_same" if one.phones & two.phones else "",
        *_of_emails(one, two),
    ]
    if "domain_same" not in found and one.works_at & two.works_at:
        found.append("work_same")
    return _likeness(found, "person")


def of_organisations(one: Body, two: Body) -> Likeness:
    """How alike two organisations are; of several names the two that are most alike count."""
    pairs = [
        (_of_names(_words(left), _words(right), _body_names), _forms_differ(left, right))
        for left, right in product(one.names, two.names)
    ]
    weights = BY_NAME["organisation"]
    name, differ = max(
        pairs, key=lambda pair: weights[pair[0]].weight if pair[0] else 0, default=("", False)
    )
    has_both = bool(one.business_id and two.business_id)
    is_same = bool(one.ids & two.ids)
    found = [
        name,
        "form_differs" if differ else "",
        "domain_same" if one.domains & two.domains else "",
        "address_same" if one.streets & two.streets else "",
        "business_id_same" if is_same else "business_id_differs" if has_both else "",
    ]
    return _likeness(found, "organisation")


def _likeness(found: Iterable[str], kind: str) -> Likeness:
    table = BY_NAME[kind]
    names = dict.fromkeys(name for name in found if name)  # a sign's own hash asks for its words
    signs = sorted((table[name] for name in names), key=lambda sign: -sign.weight)
    score = sum(sign.weight for sign in signs)
    return Likeness(max(0, min(100, score)), tuple(sign.name for sign in signs))


# --- names ------------------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    return folded(text).split()


def _of_names(
    one: list[str], two: list[str], compare: Callable[[list[str], list[str]], str]
) -> str:
    return compare(one, two) if one and two else ""


def _person_names(one: list[str], two: list[str]) -> str:
    if sorted(one) == sorted(two):
        return "name_same"
    if _fits_initials(one, two):
        return "name_initials"
    if min(len(one), len(two)) > 1 and (set(one) < set(two) or set(two) < set(one)):
        return "name_part"
    return "name_near" if _are_near(one, two) else "name_differs"


def _body_names(one: list[str], two: list[str]) -> str:
    one, two = (
        [word for word in words if word not in FOLDED_FORMS] or words for words in (one, two)
    )
    if sorted(one) == sorted(two) or "".join(one) == "".join(two):
        return "name_same"
    shorter = min(one, two, key=len)
    if (set(one) < set(two) or set(two) < set(one)) and any(len(word) > 4 for word in shorter):
        return "name_part"
    return "name_near" if _are_near(one, two) else "name_differs"


def _forms_differ(left: str, right: str) -> bool:
    """Whether both names say what form they have, and not the same."""
    one, two = (
        {FORM_OF[word] for word in _words(name) if word in FORM_OF} for name in (left, right)
    )
    return bool(one and two and not one & two)


def _fits_initials(one: list[str], two: list[str]) -> bool:
    """Whether all that differs is that one has letters where the other has words that begin with them."""
    left, right = _without_common(one, two)
    if not left or len(left) != len(right) or len(left) == len(one):
        return False
    pairs = list(zip(sorted(left), sorted(right), strict=True))
    return all(a[0] == b[0] and 1 in (len(a), len(b)) for a, b in pairs)


def _are_near(one: list[str], two: list[str]) -> bool:
    """Whether the words that differ are misspellings of each other, one by one."""
    left, right = _without_common(one, two)
    if len(left) != len(right) or len(left) > 2:
        return False
    return all(_is_misspelt(a, b) for a, b in zip(sorted(left), sorted(right), strict=True))


def _is_misspelt(one: str, two: str) -> bool:
    """One slip in a short word, two in one of eight letters or more; two names that are both in use are two."""
    if {one, two} <= GIVEN_NAMES or min(len(one), len(two)) < 4:
        return False
    slips = OSA.distance(one, two)
    return slips <= (2 if min(len(one), len(two)) > 7 else 1)


def _without_common(one: list[str], two: list[str]) -> tuple[list[str], list[str]]:
    left, right = list(one), list(two)
    for word in one:
        if word in right:
            left.remove(word)
            right.remove(word)
    return left, right


# --- addresses --------------------------------------------------------------------------------


def _of_emails(one: Who, two: Who) -> list[str]:
    if set(one.emails) & set(two.emails):
        return ["email_same"]
    called = [sorted(one.words), sorted(two.words)]
    found = {_of_mailboxes(a, b, called) for a, b in product(one.mailboxes, two.mailboxes)}
    signs = ("local_same", "local_near", "local_usual")
    return [
        next((sign for sign in signs if sign in found), ""),
        "domain_same" if _domains(one) & _domains(two) else "",
    ]


def _of_mailboxes(one: Mailbox, two: Mailbox, called: list[list[str]]) -> str:
    """Two organisations that make addresses from names do so for namesakes too."""
    sign = _of_locals(one.words, two.words)
    is_usual = sign == "local_same" and one.domain != two.domain
    if is_usual and not (one.is_private or two.is_private) and sorted(one.words) in called:
        return "local_usual"
    return sign


def _of_locals(left: list[str], right: list[str]) -> str:
    """What stands before the @: two or more words, or long enough to be somebody's alone."""
    if not left or not right or GENERAL & {*left, *right}:
        return ""
    tells = min(len("".join(left)), len("".join(right))) > 7
    if sorted(left) == sorted(right) or "".join(left) == "".join(right):
        return "local_same" if len(left) > 1 or tells else ""
    is_part = min(len(left), len(right)) > 1 and (set(left) < set(right) or set(right) < set(left))
    if is_part or _fits_initials(left, right) or _begins(left, right) or _begins(right, left):
        return "local_near"
    return "local_near" if tells and _are_near(left, right) else ""


def _begins(short: list[str], long: list[str]) -> bool:
    """Whether one is an initial and a surname in one word, as lvirtanen is of liisa.virtanen."""
    return len(short) == 1 and len(long) == 2 and short[0] == long[0][0] + long[1]


def _domains(who: Who) -> set[str]:
    return {box.domain for box in who.mailboxes if not box.is_private}
