"""“Ask me”: a customer's question in words becomes an encounter and a task with a promised time; staff answer it (C5.2).

One that came by mail (`crm.tray`) is answered by the same verbs; `crm.asked` tells what either asked.
A question is asked by whoever writes it, known or not, erased or objecting: it is their own doing, and gives no permission
to send anything but the answer. Order of locks: that of `crm.tasks`, the customer and then the task.
"""

import re
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from common.days import database_now
from consent import people, restriction
from consent.models import Person
from crm import answering, asked, kinds, promises, tasks, timeline
from crm.models import Encounter, Task
from mailing import outbox

LONGEST = 5000
ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
NO_ADDRESS = "[…]"
Channel = Encounter.Channel


class AnsweredError(Exception):
    """Somebody has answered meanwhile; `task` says who and when."""

    def __init__(self, task: Task) -> None:
        super().__init__(task.pk)
        self.task = task


@dataclass(frozen=True)
class About:
    """What a question is about: a course by its slug and title, and the institution that gives it."""

    course: str = ""
    title: str = ""
    institution: int | None = None


@dataclass(frozen=True)
class Asker:
    """Who asks, and whether it is proven: who is signed in is; an address typed by a visitor is not."""

    person: Person
    address: str
    language: str
    is_proven: bool


def visitor(address: str, *, name: str, language: str) -> Asker:
    """Somebody who is not signed in; known by the address, or new. A known person's name and language stay."""
    person = people.person_for(address, name=name, language=language)
    return Asker(person, address.strip().lower(), language, is_proven=False)


def member(user: User, *, language: str) -> Asker:
    """Somebody who is signed in."""
    return Asker(people.person_of(user), user.email, language, is_proven=True)


@transaction.atomic
def ask(asker: Asker, text: str, *, to: User | None, about: About | None = None) -> Task:
    """Keep the question, give it to who answers today, promise a time, and confirm it all by mail; returns the task.

    `to` is whom the page named: their deputy gets it while they are away; None makes it nobody's, for any of staff to
    take, and so does an asker whom who answers may not see. The mail has the promise and a copy of the question, in which a visitor's web addresses are left out: nobody
    can have us send links to somebody else.
    """
    about = about or About()
    now = database_now()
    due_at = promises.promised_by(now)
    answers = answering.on_behalf_of(to, on=timezone.localdate(now))
    answers = answering.if_seen(answers, asker.person)
    encounter = timeline.record(
        kinds.QUESTION,
        person=asker.person,
        channel=Channel.WEB,
        text=text,
        course=about.course,
        title=about.title,
        institution=about.institution,
        language=asker.language,
        address=asker.address,
        proven=int(asker.is_proven),
    )
    task = tasks.give(
        first_line(text),
        due_at=due_at,
        by=None,
        assignee=answers,
        about=encounter,
        kind=Task.Kind.QUESTION,
    )
    confirm(task, asker, text, about, answers)
    if answers is not None:
        tell_staff(task, answers, "asked")
    return task


def confirm(task: Task, asker: Asker, text: str, about: About, answers: User | None) -> None:
    """Mail the asker the promise and the copy."""
    outbox.queue(
        kinds.QUESTION_MAIL,
        asker.person,
        {
            "question": text if asker.is_proven else ADDRESS.sub(NO_ADDRESS, text),
            "title": about.title,
            "answers_by": task.due_at.isoformat(),
            **contact_of(answers, asker.language),
        },
        language=asker.language,
        to=asker.address,
    )


@transaction.atomic
def answer(task: Task, text: str, *, by: User, further: bool = False) -> Encounter:
    """Mail the answer to who asked, write it on the timeline, and end the task.

    Raises AnsweredError when it has been answered meanwhile, changing nothing; `further` sends this as well then.
    """
    locked = tasks.locked(task)
    if locked.done_at and not further:
        raise AnsweredError(locked)
    question = asked.of(locked)
    written = finish(locked, Channel.EMAIL, text, by)
    outbox.queue(
        kinds.ANSWER_MAIL,
        person_of(locked),
        {
            "answer": text,
            "question": question.text,
            "title": question.title,
            **contact_of(by, question.language),
        },
        language=question.language,
        to=question.address,
    )
    return written


@transaction.atomic
def answer_by_phone(task: Task, note: str, *, by: User) -> Encounter:
    """Write down what was said on the phone, and end the task. Raises AnsweredError, changing nothing."""
    locked = tasks.locked(task)
    if locked.done_at:
        raise AnsweredError(locked)
    return finish(locked, Channel.PHONE, note, by)


def finish(task: Task, channel: Channel, text: str, by: User) -> Encounter:
    """Write the answer and whether it came in time, and end the task if nobody has."""
    written = timeline.record(
        kinds.ANSWER,
        person=person_of(task),
        by=by,
        channel=channel,
        text=text,
        task=task.pk,
        in_time=int(database_now() <= task.due_at),
    )
    tasks.done(task, by=by, is_told=True)
    return written


@transaction.atomic
def take(task: Task, *, by: User) -> Task:
    """Make the question one's own to answer; one that is answered stays as it is."""
    locked = tasks.locked(task)
    return locked if locked.done_at else tasks.hand_over(locked, by)


def tell_passed_on(task: Task, why: str = "asked") -> None:
    """Say on the timeline that the question has gone to who has it now, and tell them by mail."""
    assert task.assignee is not None  # noqa: S101  it has gone to somebody
    timeline.record(kinds.PASSED_ON, person=task.person, user=task.assignee.pk, task=task.pk)
    tell_staff(task, task.assignee, why)


def person_of(task: Task) -> Person:
    """Who asked: a question is always somebody's."""
    assert task.person is not None  # noqa: S101  `ask` writes it, and it goes with the person
    return task.person


def tell_staff(task: Task, user: User, why: str, **more: str) -> None:
    """Mail a member of staff that a question is theirs: `asked`, `late`, or `passed` when theirs went to another.

    Nobody is told of whom they may not see (GDPR Art. 18).
    """
    if not restriction.may_see(user, task.person):
        return
    known = Person.objects.filter(user=user).first()
    outbox.queue(
        kinds.STAFF_MAIL,
        known or people.person_for(user.email, name=user.name, language=user.language),
        {
            "why": why,
            "task": task.pk,
            "question": task.what,
            "title": asked.of(task).title,
            "answers_by": task.due_at.isoformat(),
            **more,
        },
        language=user.language,
        to=user.email,
    )


def contact_of(user: User | None, language: str) -> dict[str, object]:
    """Whom the mail names and whom a reply to it reaches; nobody in particular when the question is nobody's."""
    if user is None:
        return {}
    with override(language or user.language):
        return {"contact": answering.card(user).told()}


def first_line(text: str) -> str:
    """The question's beginning, for lists."""
    words = " ".join(text.split())
    return words if len(words) <= 200 else f"{words[:199]}…"
