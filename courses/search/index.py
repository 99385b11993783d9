"""Keep the index as the catalogue is: for the worker and commands, as words are analysed by Voikko (A1.1).

First words not met before are analysed and kept, outside of transactions, as that is slow. Then the
entries are written, one writer at a time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain

from django.contrib.postgres.search import SearchVectorField
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Prefetch, Value
from django.db.models.functions import Cast

from courses.models import Course, Run, SearchEntry, SearchWord
from courses.search import texts
from courses.search.analysis import Analysis, analyse
from courses.search.texts import Text
from courses.search.words import fold, words

SLICE = 50
AT_ONCE = 1000
MOST_POSITIONS = 16_383
POSITIONS_OF_ONE = 255
LOCK = 7_261_001
STEMS = {"fi": "finnish_stem", "sv": "swedish_stem", "en": "english_stem"}

Pieces = dict[tuple[int, str], list[Text]]
Known = dict[tuple[str, str], SearchWord]


def refresh(
    course_ids: Iterable[int], progress: Callable[[int], None] = lambda _count: None
) -> int:
    """Bring the entries of these courses up to date and return how many of the courses are in the index.

    Courses withdrawn or not yet published leave it. Repeating it changes nothing. Call it outside transactions.
    """
    ids = sorted(course_ids)
    count = 0
    for start in range(0, len(ids), SLICE):
        chosen = ids[start : start + SLICE]
        _known(_pieces(_courses(chosen)))
        count += _write(chosen)
        progress(min(start + SLICE, len(ids)))
    return count


def stale() -> list[int]:
    """Ids of courses whose entries are missing, older than the course, or of a course no longer published."""
    fresh = SearchEntry.objects.filter(course=OuterRef("pk"), as_of=OuterRef("updated_at"))
    changed = Course.objects.published().exclude(Exists(fresh)).values_list("pk", flat=True)
    gone = SearchEntry.objects.exclude(course__in=Course.objects.published())
    return sorted({*changed, *gone.values_list("course", flat=True)})


@transaction.atomic
def forget_words() -> int:
    """Delete the words that lead to no entry any more and return how many they were."""
    with connection.cursor() as cursor:
        _take_turns()
        cursor.execute("""
            WITH living AS MATERIALIZED (
                SELECT DISTINCT known.id FROM courses_searchword AS known, unnest(bases) AS base
                JOIN ts_stat('SELECT tokens FROM courses_searchentry') AS used ON used.word = base
            )
            DELETE FROM courses_searchword AS known
            WHERE bases <> '{}' AND NOT EXISTS (SELECT FROM living WHERE living.id = known.id)
        """)
        return int(cursor.rowcount)


@transaction.atomic
def _write(ids: list[int]) -> int:
    _take_turns()
    left = SearchEntry.objects.filter(course__in=ids)
    left.exclude(course__in=Course.objects.published()).delete()
    courses = _courses(ids)
    pieces = _pieces(courses)
    known = _known(pieces)
    as_of = {course.pk: course.updated_at for course in courses}
    SearchEntry.objects.bulk_create(
        [
            SearchEntry(
                course_id=course_id,
                language=language,
                title=" ".join(fold(word) for word in words(each[0].text)),
                tokens=Cast(Value(_vector(each, known)), SearchVectorField()),
                as_of=as_of[course_id],
            )
            for (course_id, language), each in pieces.items()
        ],
        update_conflicts=True,
        unique_fields=["course", "language"],
        update_fields=["title", "tokens", "as_of"],
    )
    return len(courses)


def _take_turns() -> None:
    """Wait for the other writers, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '60s'; SET LOCAL lock_timeout = '60s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _have_patience() -> None:
    """Let a transaction stay open while words are analysed and Voikko is loaded; web requests never come here."""
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '60s'")


def _courses(ids: list[int]) -> list[Course]:
    """Those of the courses that belong in the index, with all that is searched."""
    runs = Run.objects.listed().select_related("venue").prefetch_related("sessions")
    courses = Course.objects.published().filter(pk__in=ids).select_related("institution")
    return list(
        courses.prefetch_related(
            "co_institutions", "trainers", "themes__topic", Prefetch("runs", queryset=runs)
        )
    )


def _pieces(courses: list[Course]) -> Pieces:
    return {
        (course.pk, language): list(texts.of(course, language))
        for course in courses
        for language in texts.LANGUAGES
    }


def _known(pieces: Pieces) -> Known:
    """Every word of the texts, by language and form; those met for the first time are analysed and kept."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for each in chain.from_iterable(pieces.values()):
        wanted[each.language].update(words(each.text))
    known: Known = {}
    for language, forms in wanted.items():
        for row in SearchWord.objects.filter(language=language, form__in=forms):
            known[language, row.form] = row
        fresh = sorted(form for form in forms if (language, form) not in known)
        for start in range(0, len(fresh), AT_ONCE):
            for row in _learn(fresh[start : start + AT_ONCE], language):
                known[language, row.form] = row
    return known


def _learn(forms: list[str], language: str) -> list[SearchWord]:
    """Analyse the words; their base forms and parts become words too, so that a query finds them."""
    _have_patience()
    found = {form: analyse(form, language) for form in forms}
    for form in forms:
        for base in found[form].bases:
            found.setdefault(base, found[form]._replace(bases={base}))
    parts = {part for each in found.values() for part in each.parts}
    found.update({part: analyse(part, language) for part in sorted(parts - found.keys())})
    stems = _stems(list(found), language)
    rows = [_row(form, language, each, stems[form]) for form, each in found.items()]
    return SearchWord.objects.bulk_create(rows, ignore_conflicts=True)


def _stems(forms: list[str], language: str) -> dict[str, str | None]:
    """PostgreSQL's stem of each word; None for its stop words."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT form, (ts_lexize(%s, form))[1] FROM unnest(%s::text[]) AS form",
            [STEMS[language], forms],
        )
        return dict(cursor.fetchall())


def _row(form: str, language: str, analysis: Analysis, stem: str | None) -> SearchWord:
    """Kin are what Voikko derives a word from; in Swedish and English words of one stem are kin."""
    bases, parts, kin = ({fold(each) for each in group} - {""} for group in analysis)
    if stem is None:
        bases, parts, kin = set(), set(), set()
    elif language != "fi":
        kin = {fold(stem)}
    return SearchWord(
        language=language,
        form=form,
        folded=fold(form),
        bases=sorted(bases),
        parts=sorted(parts - bases),
        kin=sorted(kin - bases - parts),
    )


def _vector(pieces: Iterable[Text], known: Known) -> str:
    """A tsvector's text: tokens with their places. No two share a place, as it has but one weight."""
    places: dict[str, list[str]] = defaultdict(list)
    place = 0
    for each in pieces:
        for form in words(each.text):
            place = min(place + 1, MOST_POSITIONS)
            for token in _tokens(known[each.language, form]):
                places[token].append(f"{place}{each.weight}")
    return " ".join(f"'{token}':{','.join(at[:POSITIONS_OF_ONE])}" for token, at in places.items())


def _tokens(word: SearchWord) -> set[str]:
    """The word itself, for queries that stop in mid-word, and what it breaks down to; `_` marks kin."""
    return {word.folded, *word.bases, *word.parts, *(f"_{each}" for each in word.kin)}
