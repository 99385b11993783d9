"""The newsletter's issues of the demo: campaigns on its own courses, named contact and all."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from common.days import database_now
from consent.models import Person, Topic
from courses import contacts
from courses.models import Course
from mailing import kinds, outbox
from mailing.models import Message
from portal.demo import content
from portal.demo.content import Entry

LANGUAGES = ("fi", "sv", "en")
OPEN_FOR = timedelta(days=14)


def issues() -> list[Entry]:
    """The issues, oldest first."""
    return content.entries("letters.toml", "issue")


def queue(issue: Entry) -> Message:
    """Write the issue to everybody who permits its topic at this moment."""
    about = {each.slug: each for each in Course.objects.filter(slug__in=issue["courses"])}
    courses = [about[slug] for slug in issue["courses"]]
    return outbox.campaign(
        kinds.NEWSLETTER_MAIL,
        Person.objects.all(),
        {
            "texts": {language: told(issue, courses, language) for language in LANGUAGES},
            "contact": contacts.of_course(courses[0]).told(),
        },
        not_after=database_now() + OPEN_FOR,
        purpose=kinds.NEWSLETTER,
        topic=Topic.objects.get(slug=issue["topic"]),
    )


def told(issue: Entry, courses: list[Course], language: str) -> Entry:
    """What the issue says in a language."""
    with translation.override(language):
        items = [
            {
                "title": course.title,
                "text": course.summary,
                "url": settings.BASE_URL + reverse("courses:course_detail", args=[course.slug]),
            }
            for course in courses
        ]
    return {"title": issue["title"][language], "lead": issue["lead"][language], "items": items}
