"""What a customer asked, by whichever way it came: on the site it is an encounter, by mail the letter itself (C2.4, C5.2)."""

import re
from dataclasses import dataclass

from crm.models import Encounter, Filing, Task
from mailing import replies
from mailing.models import InboundMail

ANSWERED_TO = re.compile(r"^(?:\s*(?:re|vs|sv|fw|fwd|vl|vb)\s*:)+\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """A question as whoever answers it needs it.

    `title` is what it is about: a course’s, or the subject of the mail. The answer goes to `address`, or to the person’s
    own when it is empty; only that of who was signed in `is_proven`. `letter` is the mail it came by, when it did.
    """

    text: str
    title: str = ""
    address: str = ""
    language: str = ""
    is_proven: bool = False
    institution: int | None = None
    letter: InboundMail | None = None

    @property
    def is_part(self) -> bool:
        """Whether the letter says more than the writer’s own new words."""
        return self.letter is not None and self.letter.text.strip() != self.text


def of(task: Task) -> Asked:
    """What was asked; of a letter that is gone, the words that the task has of it."""
    if task.encounter is not None:
        return on_site(task.encounter)
    filing = Filing.objects.filter(task=task).select_related("mail__person").first()
    return by_mail(filing.mail) if filing else Asked(task.what)


def on_site(question: Encounter) -> Asked:
    """One that was asked on the site."""
    told = question.data
    return Asked(
        question.text,
        title=str(told.get("title") or ""),
        address=str(told.get("address") or ""),
        language=str(told.get("language") or ""),
        is_proven=bool(told.get("proven")),
        institution=told.get("institution"),
    )


def by_mail(letter: InboundMail) -> Asked:
    """One that came by mail: the writer’s own words, without what they quote; a mail proves no address."""
    return Asked(
        replies.own_words(letter.text),
        title=ANSWERED_TO.sub("", letter.subject),
        address=letter.sender,
        language=letter.person.language if letter.person else "",
        letter=letter,
    )
