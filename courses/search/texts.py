"""What of a course is searched in which language, and how much each text weighs."""

from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings
from django.utils import translation

from courses.models import Course, Run
from courses.search.vocabulary import fact

LANGUAGES = [code for code, _ in settings.LANGUAGES]
FIELDS = {
    "title": "A",
    "summary": "B",
    "why": "C",
    "outcomes": "C",
    "audience": "C",
    "what_and_how": "C",
    "prerequisites": "D",
    "our_skill": "D",
}


class Text(NamedTuple):
    """A text, the language it is written in, and its weight: A the most, D the least."""

    text: str
    language: str
    weight: str


def of(course: Course, language: str) -> Iterator[Text]:
    """The course's texts as a reader of the language meets them, the title first; names in all languages last."""
    for field, weight in FIELDS.items():
        yield _shown(course, field, language, weight)
    own = _shown(course, "title", settings.LANGUAGE_CODE, "").language
    yield Text(" ".join([*course.keywords, *course.subjects]), own, "B")
    with translation.override(language):
        for theme in course.themes.all():
            yield Text(theme.topic.name, language, "B")
        for institution in [course.institution, *course.co_institutions.all()]:
            yield Text(f"{institution.short_name} {institution.name}", language, "D")
    for trainer in course.trainers.all():
        yield Text(trainer.name, settings.LANGUAGE_CODE, "D")
    yield Text(" ".join(_facts(course, language)), language, "D")
    for run in course.runs.all():
        yield from _of_run(run, language)
    for other in LANGUAGES:
        if other != language:
            yield Text(getattr(course, f"title_{other}") or "", other, "D")
            yield Text(getattr(course, f"summary_{other}") or "", other, "D")


def _of_run(run: Run, language: str) -> Iterator[Text]:
    yield Text(fact(run.delivery, language), language, "D")
    if run.price_net == 0:
        yield Text(fact("free", language), language, "D")
    if run.venue:
        yield Text(f"{run.venue.name} {run.venue.city}", settings.LANGUAGE_CODE, "D")
    for session in run.sessions.all():
        yield _shown(session, "topic", language, "D")


def _shown(thing: object, field: str, language: str, weight: str) -> Text:
    """The text that a reader of the language is shown, in the language it is really in."""
    for each in [language, *settings.MODELTRANSLATION_FALLBACK_LANGUAGES]:
        if text := getattr(thing, f"{field}_{each}", None):
            return Text(text, each, weight)
    return Text("", language, weight)


def _facts(course: Course, language: str) -> Iterator[str]:
    yield fact(course.format, language)
    if course.credits:
        number = f"{course.credits.normalize():f}"
        yield f"{number} op sp ects {number}op {number}sp"
