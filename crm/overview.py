"""What a customer's page shows besides the timeline: whose customer it is, people, tasks, situations (C2.1, C5.2)."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from consent.models import Person
from consent.models.people import unrestricted
from crm import answering, next_step, timeline
from crm.models import (
    Affiliation,
    ContactPerson,
    Encounter,
    Organisation,
    Situation,
    Task,
)
from crm.next_step import Known, NextStep

Customer = Person | Organisation
MOST_QUESTIONS, MOST_STEPS, MOST_PEOPLE = 20, 20, 100


@dataclass(frozen=True)
class Overview:
    """A customer at a moment."""

    named: tuple[User, User] | None  # the named contact, and who answers today
    tasks: list[Task]
    situations: list[Situation]
    next_step: NextStep | None
    affiliations: list[Affiliation] = field(default_factory=list)
    former: list[Affiliation] = field(default_factory=list)
    card: ContactPerson | None = None

    @property
    def organisations(self) -> list[Organisation]:
        """Where the person is today, the primary one first."""
        return [each.organisation for each in self.affiliations]


def of_person(person: Person, *, now: datetime) -> Overview:
    """Everything but the timeline; the person's addresses are to be prefetched."""
    card = ContactPerson.objects.filter(pk=person.pk).prefetch_related("phones").first()
    phones = list(card.phones.all()) if card else []
    is_open = any(each.closed_at is None for each in person.addresses.all())
    every = person.affiliations.select_related("organisation")
    current, former = parted(every.order_by("-is_primary", "-since", "pk"), now)
    return seen(
        person,
        now,
        can_be_reached=is_open or bool(phones),
        affiliations=current,
        former=former,
        card=card,
    )


def of_organisation(organisation: Organisation, *, now: datetime) -> Overview:
    """Everything but the timeline: its people by name, without those whose data lie still (GDPR Art. 18)."""
    shown = organisation.affiliations.filter(unrestricted())
    every = shown.select_related("person").prefetch_related(
        "person__addresses", "person__contact_card__phones"
    )
    current, former = parted(every.order_by("person__name", "pk")[:MOST_PEOPLE], now)
    reached = can_reach_one_of(organisation)
    return seen(organisation, now, can_be_reached=reached, affiliations=current, former=former)


def can_reach_one_of(organisation: Organisation) -> bool:
    """Whether any of its people of now, or an address of its own such as info@, has a phone number or mail that arrives."""
    people = Person.objects.filter(pk__in=organisation.affiliations.current().values("person"))
    by_mail = Q(addresses__isnull=False, addresses__closed_at=None)
    by_phone = Q(contact_card__phones__isnull=False)
    return people.unrestricted().filter(by_mail | by_phone).exists()


def parted(
    every: "QuerySet[Affiliation]", now: datetime
) -> tuple[list[Affiliation], list[Affiliation]]:
    """Those of now, and those that are over or have not begun."""
    rows = list(every)
    current = [each for each in rows if each.since <= now and (not each.until or each.until > now)]
    return current, [each for each in rows if each not in current]


def seen(
    customer: Customer,
    now: datetime,
    *,
    can_be_reached: bool,
    affiliations: list[Affiliation],
    former: list[Affiliation],
    card: ContactPerson | None = None,
) -> Overview:
    """The parts that people and organisations share, and the step that follows from all of it."""
    named = answering.of(customer, on=timezone.localdate(now))
    tasks = what_is_open(customer)
    situations = list(customer.situations.current().filter(unrestricted()).order_by("since", "pk"))
    known = Known(
        now=now,
        tasks=tasks,
        situations=situations,
        last_talk=last_talk(customer),
        has_named_contact=named is not None,
        can_be_reached=can_be_reached,
    )
    return Overview(named, tasks, situations, next_step.best(known), affiliations, former, card)


def what_is_open(customer: Customer) -> list[Task]:
    """Their open questions and steps, the most urgent first; however many there are of one, the others are there."""
    rows = customer.tasks.open().filter(unrestricted()).select_related("assignee")
    asked = rows.filter(kind=Task.Kind.QUESTION)[:MOST_QUESTIONS]
    steps = rows.filter(kind=Task.Kind.STEP)[:MOST_STEPS]
    return sorted([*asked, *steps], key=lambda each: (each.due_at, each.pk))


def last_talk(customer: Customer) -> datetime | None:
    """When staff last wrote down that they were in touch."""
    kinds = [kind.name for kind in timeline.written() if kind.channel]
    talks = Encounter.objects.filter(kind__in=kinds)
    if isinstance(customer, Person):
        mine = talks.filter(person=customer)
    else:
        people = customer.affiliations.current().values("person")
        mine = talks.filter(Q(organisation=customer) | Q(organisation=None, person__in=people))
    return mine.order_by("-at", "-pk").values_list("at", flat=True).first()
