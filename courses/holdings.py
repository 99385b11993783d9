"""What courses holds on a person: enrolments and trainers; the offering itself is about nobody (docs/privacy.md)."""

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from consent.privacy import (
    Columns,
    Erased,
    Holding,
    Kept,
    Trace,
    impersonal,
    link,
    of,
    personal,
    technical,
)
from courses import departures
from courses.models import (
    Course,
    Enrolment,
    Run,
    SearchEntry,
    SearchWord,
    Seat,
    Session,
    Theme,
    Trainer,
    Venue,
)

LANGUAGES = ("", "_fi", "_sv", "_en")
DESCRIBES = "describes the offering, shown to everyone"


def in_languages(*names: str) -> list[str]:
    """Each name with the columns of its translations."""
    return [name + language for name in names for language in LANGUAGES]


def described(*names: str) -> Columns:
    """Texts of the offering, in all languages."""
    return impersonal(*in_languages(*names), because=DESCRIBES)


HOLDINGS = [
    Holding(
        "courses.enrolments",
        Enrolment,
        _("the contract on a seat"),
        [
            personal("id", "run", "person", "seat", "status", "queue_no", "offer_expires_at"),
            personal("price_net", "vat_rate", "created_at", "ended_at"),
        ],
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=_("as long as the person is known"),
        kept=(
            Kept(
                Q(status=Enrolment.Status.CONFIRMED, price_net__gt=0),
                law=_("Accounting Act 1336/1997, chapter 2 section 10: the basis of a sale"),
                until=_("six years from the end of the year in which the financial year ended"),
            ),
        ),
        recipients=_("the institution that gives the course, and its trainers"),
        before=departures.leave_all,
    ),
    Holding(
        "courses.trainers",
        Trainer,
        _("who teaches, shown with the course"),
        [
            personal("id", "slug", "name", "institution", "user"),
            personal(*in_languages("title", "bio")),
        ],
        source=_("the institution"),
        recipients=_("everybody: it is shown with the course"),
        whose=of(user="user"),
        erased=Erased.DELETED,
        until=_("as long as the person teaches"),
        before=departures.leave_search,
    ),
    Holding(
        "courses.teaching",
        Course.trainers.through,
        _("who teaches which course"),
        [personal("id", "course", "trainer")],
        title=_("courses you teach"),
        whose=of(user="trainer__user"),
        erased=Erased.DELETED,
        until=_("as long as the person teaches"),
    ),
    Holding(
        "courses.sessions",
        Session,
        _("when and where a run meets, and who teaches"),
        [
            technical("id", "run", "starts_at", "ends_at", "venue"),
            described("topic"),
            link("trainer", of(user="trainer__user")),
        ],
        until=_("as long as the run is shown"),
    ),
    Holding(
        "courses.courses",
        Course,
        _("the offering; names the contact shown to customers"),
        [
            technical(
                "id", "institution", "format", "eqf_level", "credits", "hours", "feed_digest"
            ),
            technical("published_at", "withdrawn_at", "created_at", "updated_at"),
            impersonal("slug", "identifier", "source_url", "image", because=DESCRIBES),
            impersonal(
                "keywords", "subjects", "unmapped", because="from the institution’s public feed"
            ),
            described("title", "summary", "why", "what_and_how", "our_skill", "outcomes"),
            described("prerequisites", "audience"),
            link("contact", of(user="contact")),
        ],
        until=_("as long as the person is the contact"),
    ),
    Holding(
        "courses.runs",
        Run,
        "the offering",
        [
            technical("id", "course", "kind", "organisation", "delivery", "language", "venue"),
            technical("starts_on", "ends_on", "enrolment_opens_at", "enrolment_closes_at"),
            technical("capacity", "minimum", "price_net", "vat_rate", "feed_digest", "state"),
            technical("created_at"),
            impersonal("identifier", "name", "apply_url", because=DESCRIBES),
            impersonal("notes", because="from the institution’s public feed"),
        ],
    ),
    Holding("courses.seats", Seat, "places on a run, by number", [technical("id", "run", "no")]),
    Holding(
        "courses.venues",
        Venue,
        "where people meet",
        [
            technical("id", "institution", "is_shared"),
            impersonal("slug", "name", "identifier", because="a public place’s"),
            impersonal("street", "postcode", "city", because="a public place’s"),
            described("directions"),
        ],
    ),
    Holding(
        "courses.themes",
        Theme,
        "the order of the catalogue",
        [
            technical("id", "topic", "thread", "position"),
            impersonal("subjects", because="subject words of feeds"),
        ],
    ),
    *(
        Holding(
            f"courses.course_{name}", through, "the offering", [technical("id", "course", name)]
        )
        for name, through in (
            ("institution", Course.co_institutions.through),
            ("theme", Course.themes.through),
        )
    ),
    Holding(
        "courses.search_entries",
        SearchEntry,
        "the search index; has a trainer’s name as long as the course does",
        [
            technical("id", "course", "language", "as_of"),
            impersonal(
                "title", "tokens", because="derived from the catalogue, and rebuilt by erasure"
            ),
        ],
    ),
    Holding(
        "courses.search_words",
        SearchWord,
        "words of the catalogue and their base forms",
        [
            technical("id", "language"),
            impersonal(
                *("form", "folded", "bases", "parts", "kin"),
                because="words of the catalogue; those of no text are forgotten by erasure",
            ),
        ],
    ),
]
TRACES = [
    Trace(
        "courses.search",
        "the search index, which knows trainers by name",
        departures.index_again,
    ),
]
