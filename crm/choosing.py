"""Which member of staff is named for a customer: by rules as data, most telling first, then by load (C5.1)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, F
from django.utils import timezone

from accounts.models import Institution, StaffRole
from accounts.roles import Role
from crm.customers import Interest
from crm.models import Absence, ContactRule, NamedContact
from crm.models.named import IsReachable

LONG = timedelta(days=30)  # who is away for longer from today gets no new customers
LAST = (Role.COORDINATOR, Role.MANAGER, Role.SALES, Role.ADMIN, Role.TRAINER)  # when no rule fits


class NobodyLeftError(Exception):
    """No member of staff is left who could answer customers."""


@dataclass(frozen=True)
class Rule:
    """A rule as it is compared; None fits any."""

    institution: int | None
    topic: int | None
    user: int
    share: int

    @property
    def level(self) -> int:
        """How telling it is: 0 says institution and topic, 1 the institution, 2 the topic, 3 neither."""
        return 2 * (self.institution is None) + (self.topic is None)

    def fits(self, interest: Interest) -> bool:
        return self.institution in {None, interest.institution} and (
            self.topic is None or self.topic in interest.topics
        )


@dataclass
class Choice:
    """Rules, loads and roles as they stand at one moment; each choice counts towards the load of the next."""

    rules: list[Rule]
    loads: Counter[int]
    roles: Sequence[tuple[int, str, int | None]]  # user, role, institution
    contacts: Mapping[int, int]  # who the institution itself names
    away: set[int] = field(default_factory=set)

    def pick(self, interest: Interest) -> int:
        """The key of who is to be named; NobodyLeftError when there is nobody at all."""
        for shares in self.groups(interest):
            if shares:
                chosen = min(shares, key=lambda user: (self.loads[user] / shares[user], user))
                self.loads[chosen] += 1
                return chosen
        raise NobodyLeftError

    def groups(self, interest: Interest) -> Iterable[dict[int, int]]:
        """Those among whom load decides, with their shares; the next group counts when one is empty.

        Rules by how telling they are, then whom the institution names, then coordinators of the institution, of all,
        of any, then others of staff; those who are away for long at the very end: their deputies answer.
        """
        fitting = [rule for rule in self.rules if rule.fits(interest)]
        for level in range(4):
            yield {each.user: each.share for each in fitting if each.level == level}
        here = interest.institution
        named = self.contacts.get(here or 0, 0)
        yield {named: 100} if named in self.present() else {}
        yield self.having(Role.COORDINATOR, here)
        yield self.having(Role.COORDINATOR, None)
        for role in LAST:
            yield {
                user: 100 for user, its, _place in self.roles if its == role and self.is_here(user)
            }
        yield {user: 100 for user, role, _place in self.roles if role != Role.AUDITOR}

    def having(self, role: Role, institution: int | None) -> dict[int, int]:
        """Who has the role at the institution, or over all."""
        return {
            user: 100
            for user, its, place in self.roles
            if (its, place) == (role, institution) and self.is_here(user)
        }

    def present(self) -> set[int]:
        return {user for user, role, _place in self.roles if role != Role.AUDITOR} - self.away

    def is_here(self, user: int) -> bool:
        return user not in self.away


def load(*, on: date | None = None, without: int | None = None) -> Choice:
    """Read what a choice needs, in five statements; `without` is somebody who must not be chosen."""
    on = on or timezone.localdate()
    roles = [
        each
        for each in StaffRole.objects.filter(user__is_active=True)
        .order_by("user", "pk")
        .values_list("user", "role", "institution")
        if each[0] != without
    ]
    away = set(Absence.objects.on(on).filter(until__gt=on + LONG).values_list("user", flat=True))
    rules = (
        ContactRule.objects.alias(reachable=IsReachable(F("user")))
        .filter(reachable=True)
        .exclude(user__in=away | {without})
        .values_list("institution", "topic", "user", "share")
    )
    loads = NamedContact.objects.current().values("user").order_by()
    return Choice(
        [Rule(*each) for each in rules],
        Counter({each["user"]: each["n"] for each in loads.annotate(n=Count("pk"))}),
        roles,
        dict(Institution.objects.filter(contact__isnull=False).values_list("pk", "contact")),
        away,
    )
