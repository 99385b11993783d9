"""The catalogue, its runs, and the people on them; what search knows of them."""

from courses.models.catalogue import Course, Theme, Trainer, Venue
from courses.models.enrolments import Enrolment, Seat
from courses.models.runs import Run, Session
from courses.models.search import SearchEntry, SearchWord

__all__ = [
    "Course",
    "Enrolment",
    "Run",
    "SearchEntry",
    "SearchWord",
    "Seat",
    "Session",
    "Theme",
    "Trainer",
    "Venue",
]
