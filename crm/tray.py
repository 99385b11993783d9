"""Mail that came in finds its customer: at once when the sender is known, else through the tray, where staff say whose (C2.4).

Whose a mail is stands on the mail; `Filing` says what became of it, once. A mail that asks something becomes a question
for the customer's named contact, to be answered as soon as one asked on the site; the writer is promised nothing, since
a program's thanks could meet a program. `read_new` is a job: each mail in a transaction of its own, twice or in parallel
as once. Order of locks: people by key, then the mail, then the task.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from common.days import PortalNow, database_now
from consent import people, restriction
from consent.models import Person
from crm import answering, asking, promises, questions, tasks, versions
from crm.models import Filing, Task
from mailing.models import InboundMail
from mailing.models.inbound import InboundMailQuerySet

LETTERS = [InboundMail.Kind.REPLY, InboundMail.Kind.UNKNOWN]
LONGEST_WHAT = 200  # characters of a task
SLICE = 500
Outcome = Filing.Outcome


def waiting() -> InboundMailQuerySet:
    """The tray: people's letters of whom nobody knows the sender, the oldest first."""
    found = InboundMail.objects.filter(kind__in=LETTERS, person=None, filing=None)
    return found.order_by("received_at", "pk")


# --- by staff ---------------------------------------------------------------------------------


@transaction.atomic
def file(mail: InboundMail, person: Person, *, by: User, version: str) -> Filing:
    """Put the mail on the person's timeline, and give the task to answer it; filed with another before, it moves.

    Who answers for the person gets the task and is told by mail. `version` is what the page showed: versions.StaleError
    when somebody has filed it or set it aside since. RestrictedError when either's data lie still (GDPR Art. 18).
    """
    tasks.lock_people(person, mail.person)
    current = locked(mail, version)
    restriction.check(current.person_id, person.pk)
    current.person = person
    current.save(update_fields=["person"])
    before = question_of(current)
    task = moved(before, person) if before else question(current, person)
    filing = written(current, Outcome.FILED, task=task, by=by)
    if task and (before is None or before.assignee_id != task.assignee_id):
        tell(task)
    return filing


@transaction.atomic
def file_new(mail: InboundMail, name: str, *, by: User, version: str) -> Filing:
    """File the mail with a new person of the sender's address; people.SuppressedError when they were erased or object."""
    person = people.imported(mail.sender, name=name)
    return file(mail, person, by=by, version=version)


@transaction.atomic
def set_aside(mail: InboundMail, *, by: User, version: str) -> Filing:
    """Say that the mail concerns no customer; it goes with the other mails that nobody needs. StaleError as above.

    What it asked is off everybody's list.
    """
    tasks.lock_people(mail.person)
    current = locked(mail, version)
    if task := question_of(current):
        tasks.done(task, by=by, is_told=True)
    return written(current, Outcome.SET_ASIDE, task=None, by=by)


def locked(mail: InboundMail, version: str) -> InboundMail:
    """The mail, locked; StaleError when what became of it is not what the page showed."""
    current = InboundMail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
    versions.check(version, version_of(current))
    return current


def version_of(mail: InboundMail) -> str:
    """Changes whenever the mail is filed, moved or set aside."""
    filing = Filing.objects.filter(mail=mail).values_list("outcome", "at").first()
    return versions.mark(mail.person_id, filing)


def written(mail: InboundMail, outcome: str, *, task: Task | None, by: User | None) -> Filing:
    values = {"outcome": outcome, "task": task, "by": by, "at": PortalNow()}
    filing, _made = Filing.objects.update_or_create(mail=mail, defaults=values)
    return filing


# --- questions --------------------------------------------------------------------------------


def read_new() -> int:
    """Look through the letters of known senders that nobody has looked through; how many."""
    unread = InboundMail.objects.filter(kind__in=LETTERS, person__isnull=False, filing=None)
    keys = unread.order_by("pk").values_list("pk", flat=True)[:SLICE]
    return sum(read(key) for key in list(keys))


@transaction.atomic
def read(key: int) -> bool:
    """Give the task to answer the mail when it asks something; false when somebody else reads it at this moment."""
    sender = Person.objects.filter(inbound=key).first()
    tasks.lock_people(sender)
    rows = InboundMail.objects.select_for_update(of=("self",), skip_locked=True)
    mail = rows.filter(pk=key, filing=None, person=sender).first()
    if sender is None or mail is None:
        return False
    task = question(mail, sender)
    written(mail, Outcome.READ, task=task, by=None)
    if task:
        tell(task)
    return True


def question(mail: InboundMail, person: Person) -> Task | None:
    """The task of whoever answers for the person, when the mail asks something."""
    if not asking.asks(mail.text, person.name):
        return None
    return tasks.give(
        asking.first_words(mail.text, LONGEST_WHAT) or mail.subject,
        kind=Task.Kind.QUESTION,
        due_at=answered_by(mail),
        by=None,
        assignee=who_answers(person),
        about=person,
    )


def answered_by(mail: InboundMail) -> datetime:
    """By when: as if it had been asked on the site when it came, or now when that moment has passed."""
    now = database_now()
    due = promises.promised_by(mail.received_at)
    return due if due > now else promises.promised_by(now)


def question_of(mail: InboundMail) -> Task | None:
    """The task that the mail has given rise to."""
    filing = Filing.objects.filter(mail=mail).select_related("task__assignee").first()
    return filing.task if filing else None


def moved(task: Task, person: Person) -> Task:
    """The task, now of the person the mail is filed with, and of whoever answers for them; an answered one with its answer."""
    return tasks.move(task, person, to=who_answers(person))


def who_answers(person: Person) -> User | None:
    """Their named contact of today, or the deputy; None makes the question nobody's, for any of staff to take.

    Nobody is given what they may not see.
    """
    found = answering.of(person)
    return answering.if_seen(found[1] if found else None, person)


def tell(task: Task) -> None:
    """Mail who is to answer that a question is theirs."""
    if task.assignee is not None and task.done_at is None:
        questions.tell_staff(task, task.assignee, "asked")


# --- whose it may be --------------------------------------------------------------------------


def candidates(words: str) -> list[Person]:
    """People whose address it is, or whose name has all of the words; a few of them, by name."""
    words = words.strip()
    if not words:
        return []
    named = Q()
    for word in words.split()[:6]:
        named &= Q(name__icontains=word)
    known = Person.objects.known_by(words) if "@" in words else Person.objects.none()
    return few(Q(pk__in=known.values("pk")) | (named & ~Q(name="")))


def suggestions(mail: InboundMail) -> list[Person]:
    """People whose organisation has its mail where the mail comes from."""
    domain = mail.sender.rpartition("@")[2].lower()
    at_work = Q(affiliations__organisation__domains__domain=domain, affiliations__until=None)
    return few(at_work) if domain else []


def few(which: Q) -> list[Person]:
    """With what a list shows of them: addresses and organisations; nobody whose data lie still (GDPR Art. 18)."""
    found = Person.objects.filter(which).unrestricted().distinct().order_by("name", "pk")
    return list(found.prefetch_related("addresses", "affiliations__organisation")[:20])
