"""Erase a person on request: the request's row first, then their rows at once, then what lies elsewhere (GDPR Art. 17).

1. `receive` commits the request: from here on it is done, whatever dies on the way.
2. `erase_rows` does to the rows of every holding what is declared, in one transaction, and suppresses the addresses.
3. It is done once more for what came in meanwhile, then the steps follow, each marked on the row when it is done: the
   list outside the database, and every registered trace. All of them may be run again.
4. `finish` forgets whom it was about; digests, what was kept and why remain.

`resume` goes on with what was interrupted; beat calls it.
"""

import logging
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from common.days import database_now, month_after
from consent import emptying, subjects, suppression, uploads
from consent.emptying import StillNeededError
from consent.models import SubjectRequest, Suppression
from consent.privacy import Subject, Trace, traces

log = logging.getLogger(__name__)
Right = SubjectRequest.Right
ROWS = "consent.rows"


def erase(email: str) -> SubjectRequest:
    """Erase whoever is known by the address, or go on with an erasure of it; subjects.UnknownError when there is neither.

    The request tells what was done; without `finished_at` a step failed or waits, and `resume` will do it.
    """
    under_way = SubjectRequest.objects.unfinished().filter(right=Right.ERASURE)
    known = under_way.of([suppression.digest_of(email)]).first()
    return carry_out(known or receive(subjects.known_by(email), Right.ERASURE))


def resume() -> list[SubjectRequest]:
    """Go on with every erasure that was interrupted; those that are still unfinished."""
    started = list(SubjectRequest.objects.unfinished().filter(right=Right.ERASURE))
    return [each for each in map(carry_out, started) if not each.finished_at]


@transaction.atomic
def receive(subject: Subject, right: Right) -> SubjectRequest:
    """Write down that the right is used; it is due a calendar month from today in Helsinki."""
    today = timezone.localdate(database_now())
    return SubjectRequest.objects.create(
        right=right,
        digests=[suppression.digest_of(email) for email in subject.emails],
        due_on=month_after(today),
        subject=subject.as_json() if right == Right.ERASURE else {},
    )


def carry_out(request: SubjectRequest) -> SubjectRequest:
    """Do what is left of the erasure; a step that fails is logged by its name and leaves the request unfinished."""
    if not take_rows(request):
        return request
    subject = Subject.from_json(
        request.subject
    )  # nobody, and nothing to do, when another process has finished it
    failed = [step.name for step in steps() if not take(step, request, subject)]
    if not failed:
        finish(request)
    return request


def take_rows(request: SubjectRequest) -> bool:
    """Erase the rows, and once more what came in meanwhile; false when something is left for a later time.

    A deadlock with what the person does at this moment is such a thing, and so is a row that cannot go.
    """
    if ROWS in request.steps:
        return True
    try:
        is_first = not request.erased_at
        is_done = erase_rows(request) and (not is_first or erase_rows(request))
    except (DatabaseError, StillNeededError) as error:
        log.error("Erasure %s: the rows failed: %s", request.pk, type(error).__name__)  # noqa: TRY400  a trace would hold names
        return False
    if is_done:
        mark(request, ROWS)
    return is_done


def steps() -> list[Trace]:
    """What follows the rows, in order."""
    outside = Trace("consent.suppressed", "the list of suppressed addresses", write_outside)
    uploads = Trace("consent.files", "files the person has uploaded", delete_files)
    return [outside, uploads, *traces]


@transaction.atomic
def erase_rows(request: SubjectRequest) -> bool:
    """Erase the rows of every holding and suppress the addresses, all of it or nothing.

    False while a row is left that will pass, such as a mail that a server is taking at this moment.
    """
    current = SubjectRequest.objects.select_for_update().get(pk=request.pk)
    subject = subjects.whole(
        Subject.from_json(current.subject)
    )  # nobody when somebody else has finished it meanwhile
    outcome = emptying.empty(subject)
    for email in subject.emails:
        suppression.suppress(email, Suppression.Reason.ERASED)
    request.subject = replace(subject, files=(*subject.files, *outcome.files)).as_json()
    request.outcome = added(current.outcome, outcome.as_json())
    request.erased_at = current.erased_at or database_now()
    request.save(update_fields=["subject", "outcome", "erased_at"])
    return not outcome.waits


def added(former: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """Both passes in one: deleted and unlinked rows add up, what is kept is what the last one found."""
    sums = {
        name: {
            key: former.get(name, {}).get(key, 0) + later[name].get(key, 0)
            for key in {**former.get(name, {}), **later[name]}
        }
        for name in ("deleted", "unlinked")
    }
    others = {name: {**former.get(name, {}), **later[name]} for name in ("emptied", "stays")}
    return {**sums, **others, "kept": later["kept"]}


def take(step: Trace, request: SubjectRequest, subject: Subject) -> bool:
    """Do the step unless it is done, and mark it; false when it failed."""
    if step.name in request.steps:
        return True
    try:
        step.erase(subject)
    except Exception as error:  # noqa: BLE001  one place that is away does not keep the others from being cleaned
        log.error("Erasure %s: %s failed: %s", request.pk, step.name, type(error).__name__)  # noqa: TRY400  a trace would hold names
        return False
    mark(request, step.name)
    return True


@transaction.atomic
def mark(request: SubjectRequest, name: str) -> None:
    """Write down that the step is done, beside those that another process may have done meanwhile."""
    done = SubjectRequest.objects.select_for_update().get(pk=request.pk).steps
    request.steps = [*done, *({name} - set(done))]
    request.save(update_fields=["steps"])


def finish(request: SubjectRequest) -> None:
    """Forget whom it was about."""
    request.subject = {}
    request.finished_at = database_now()
    request.save(update_fields=["subject", "finished_at"])


def write_outside(subject: Subject) -> None:
    """See that the list outside the database has the addresses; OSError when it has not, as on a full disk."""
    suppression.write_missing()
    known = suppression.last_words(settings.SUPPRESSION_FILE)
    if any(known.get(suppression.digest_of(email)) != "erased" for email in subject.emails):
        message = "the list of suppressed addresses cannot be written"
        raise OSError(message)


def delete_files(subject: Subject) -> None:
    """Delete the uploads; one that is gone already is no error."""
    for name in subject.files:
        uploads.delete_file(name)
