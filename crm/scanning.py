"""Go through the whole register for likely duplicates, in slices that a row remembers; nightly (C1.4).

A slice is one transaction: it finds pairs by what they have in common, compares them, and writes those that are likely,
with the key it came to. Two workers on one search take turns; one that dies leaves its slice to the next. Memory is that
of a slice, whatever the register holds.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from rapidfuzz import fuzz, process

from common.days import database_now
from consent import names
from consent.addresses import FREEMAIL, GENERAL
from consent.models import Person
from crm import likeness
from crm.duplicates import bodies, whos
from crm.likeness import QUEUE_FROM, Likeness
from crm.models import Duplicate, DuplicateScan, Organisation

logger = logging.getLogger(__name__)
Kind = DuplicateScan.Kind
SLICE = 1000  # people
BODIES = (
    200  # organisations in a slice: where thousands are called alike, one takes a tenth of a second
)
DOMAINS = 200  # in a slice of domains
CROWD = 5_000  # addresses in a slice of domains; a domain that has more is a slice of its own
MOST = 20_000  # people at one domain who are compared with each other, a few seconds' work
ALIKE = 75  # of 100, by which two names within a domain are worth comparing
SHARED = 20  # people
NEAREST = 10  # of those to one name: where thousands are alike, as “Student 17” is, their names tell nothing
PATIENCE = "60s"

# what more than SHARED people have, as a switchboard's number, tells of none of them
PEOPLE_PAIRS = """
WITH slice AS MATERIALIZED (
  SELECT id, name_key(name) AS key FROM consent_person WHERE id > %(after)s AND id <= %(last)s
)
SELECT s.id, b.person_id FROM slice s
JOIN consent_address a ON a.person_id = s.id
JOIN consent_address b ON split_part(lower(b.email), '@', 1) = split_part(lower(a.email), '@', 1)
WHERE b.person_id > s.id AND length(split_part(a.email, '@', 1)) > 4
  AND NOT split_part(lower(a.email), '@', 1) = ANY (%(general)s)
  AND (SELECT count(*) FROM (
    SELECT FROM consent_address c WHERE split_part(lower(c.email), '@', 1) = split_part(lower(a.email), '@', 1)
    LIMIT %(shared)s + 1) AS holders) <= %(shared)s
UNION SELECT s.id, b.contact_id FROM slice s
JOIN crm_contactphone a ON a.contact_id = s.id
JOIN crm_contactphone b ON b.number = a.number AND b.contact_id > s.id
WHERE (SELECT count(*) FROM (
  SELECT FROM crm_contactphone c WHERE c.number = a.number LIMIT %(shared)s + 1) AS holders) <= %(shared)s
UNION SELECT s.id, b.person_id FROM slice s
JOIN crm_affiliation a ON a.person_id = s.id
JOIN crm_affiliation b ON b.organisation_id = a.organisation_id AND b.person_id > s.id
JOIN consent_person p ON p.id = b.person_id AND name_key(p.name) = s.key
WHERE s.key <> '' AND (SELECT count(*) FROM (
  SELECT FROM consent_person c WHERE name_key(c.name) = s.key LIMIT %(shared)s + 1) AS holders) <= %(shared)s
"""
NEXT_DOMAINS = """
SELECT split_part(lower(email), '@', 2), count(*) FROM consent_address
WHERE split_part(lower(email), '@', 2) > %(after)s GROUP BY 1 ORDER BY 1 LIMIT %(size)s
"""
PEOPLE_AT = """
SELECT split_part(lower(a.email), '@', 2), p.id, p.name FROM consent_address a JOIN consent_person p ON p.id = a.person_id
WHERE split_part(lower(a.email), '@', 2) = ANY (%(domains)s) AND p.name <> '' ORDER BY 1, 2 LIMIT %(most)s
"""
ORGANISATION_PAIRS = """
WITH slice AS MATERIALIZED (
  SELECT id, name_key(name) AS key FROM crm_organisation WHERE id > %(after)s AND id <= %(last)s
  UNION SELECT organisation_id, name_key(name) FROM crm_organisationname
  WHERE organisation_id > %(after)s AND organisation_id <= %(last)s
)
SELECT least(s.id, o.id), greatest(s.id, o.id) FROM slice s CROSS JOIN LATERAL (
  SELECT id FROM crm_organisation WHERE name_key(name) %% s.key LIMIT 50) o WHERE o.id <> s.id AND s.key <> ''
UNION SELECT least(s.id, n.organisation_id), greatest(s.id, n.organisation_id) FROM slice s CROSS JOIN LATERAL (
  SELECT organisation_id FROM crm_organisationname WHERE name_key(name) %% s.key LIMIT 50) n
WHERE n.organisation_id <> s.id AND s.key <> ''
UNION SELECT a.organisation_id, b.organisation_id FROM crm_organisationdomain a
JOIN crm_organisationdomain b ON b.domain = a.domain AND b.organisation_id > a.organisation_id
WHERE a.organisation_id > %(after)s AND a.organisation_id <= %(last)s
"""
Pairs = set[tuple[int, int]]


@transaction.atomic
def begin() -> None:
    """Begin tonight's searches, but those that have begun today (Europe/Helsinki) or are not finished."""
    with connection.cursor() as cursor:  # of two beats one begins, and the other sees it
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('crm.scanning.begin'))")
    today = timezone.localdate(database_now())
    for kind in Kind.values:
        latest = DuplicateScan.objects.filter(kind=kind).order_by("-pk").first()
        is_due = latest is None or (
            latest.finished_at and timezone.localdate(latest.started_at) < today
        )
        if is_due:
            start(kind)


def start(kind: str) -> DuplicateScan:
    """A search of the kind from the beginning, or the one that is under way."""
    return DuplicateScan.objects.get_or_create(kind=kind, finished_at=None)[0]


def go_on(slices: int) -> bool:
    """Do at most so many slices of what is under way; whether anything is left."""
    for _number in range(slices):
        scan = DuplicateScan.objects.filter(finished_at=None).order_by("pk").first()
        if scan is None:
            return False
        if not look(scan):
            break
    return DuplicateScan.objects.filter(finished_at=None).exists()


def look(scan: DuplicateScan) -> bool:
    """One slice; false when another worker has the search in hand, or the slice could not be written."""
    try:
        with transaction.atomic():
            row = DuplicateScan.objects.select_for_update(skip_locked=True).filter(pk=scan.pk)
            current = row.filter(finished_at=None).first()
            if current is None:
                return False
            have_patience()
            WAYS[current.kind](current)
            current.save(update_fields=["after", "after_domain", "seen", "found", "finished_at"])
    except IntegrityError:  # somebody of the slice was erased meanwhile: it is done again
        return False
    except (
        OperationalError
    ):  # it took too long, or the database went away: the same, and somebody should know
        logger.exception(
            "A slice of the search for duplicates failed: %s after %s", scan.kind, scan.pk
        )
        return False
    return True


def have_patience() -> None:
    """A slice may take as long as a job's statement, thinking between statements too; names resemble each other from half of their trigrams on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %(patience)s, true),"
            " set_config('idle_in_transaction_session_timeout', %(patience)s, true),"
            " set_config('pg_trgm.similarity_threshold', '0.5', true)",
            {"patience": PATIENCE},
        )


# --- the slices -------------------------------------------------------------------------------


def people(scan: DuplicateScan) -> None:
    """The next people by key: what stands before the @, phones, and names within an organisation."""
    keys = _next(Person, scan, SLICE)
    if keys:
        values = {
            "after": scan.after,
            "last": keys[-1],
            "general": sorted(GENERAL),
            "shared": SHARED,
        }
        forget_unlike(keys, "person")
        _write(scan, _pairs(PEOPLE_PAIRS, values), "person")
    _advance(scan, keys)


def domains(scan: DuplicateScan) -> None:
    """The next domains but those of free mail: names that are nearly the same among the people there."""
    found = next_domains(scan.after_domain)
    wanted: list[str] = [each for each in found if each not in FREEMAIL]
    crowds: dict[str, dict[int, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE_AT, {"domains": wanted, "most": MOST})
        for domain, key, name in cursor.fetchall():
            crowds.setdefault(domain, {})[key] = names.key(name)
    for crowd in crowds.values():
        _write(scan, alike(crowd), "person")
    if found:
        scan.after_domain = found[-1]
    else:
        scan.finished_at = database_now()


def next_domains(after: str) -> list[str]:
    """The next ones in order: at most DOMAINS of them, and no more than a CROWD of addresses but for a first that has more."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_DOMAINS, {"after": after, "size": DOMAINS})
        rows = cursor.fetchall()
    found: list[str] = []
    total = 0
    for domain, count in rows:
        total += 0 if domain in FREEMAIL else count
        if found and total > CROWD:
            break
        found.append(domain)
    return found


def alike(crowd: dict[int, str]) -> Pairs:
    """Those of one domain whose names are nearly the same, to each at most the NEAREST of those after them."""
    found: Pairs = set()
    later = dict(sorted(crowd.items()))
    for key in sorted(crowd):
        name = later.pop(key)
        near = process.extract(name, later, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=NEAREST)
        found |= {(key, other) for _name, _score, other in near}
    return found


def organisations(scan: DuplicateScan) -> None:
    """The next organisations by key: names that resemble each other, and domains."""
    keys = _next(Organisation, scan, BODIES)
    if keys:
        forget_unlike(keys, "organisation")
        _write(
            scan,
            _pairs(ORGANISATION_PAIRS, {"after": scan.after, "last": keys[-1]}),
            "organisation",
        )
    _advance(scan, keys)


WAYS: dict[str, Callable[[DuplicateScan], None]] = {
    Kind.PEOPLE: people,
    Kind.DOMAINS: domains,
    Kind.ORGANISATIONS: organisations,
}


def _next(model: Any, scan: DuplicateScan, most: int) -> list[int]:
    rows = model.objects.filter(pk__gt=scan.after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:most])


def _advance(scan: DuplicateScan, keys: list[int]) -> None:
    if keys:
        scan.after, scan.seen = keys[-1], scan.seen + len(keys)
    else:
        scan.finished_at = database_now()


def _pairs(sql: str, values: dict[str, Any]) -> Pairs:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return set(cursor.fetchall())


# --- what is written --------------------------------------------------------------------------


def _write(scan: DuplicateScan, pairs: Pairs, kind: str) -> None:
    """Write the likely ones of the pairs; what staff decided on one stays decided."""
    rows = [
        Duplicate(
            **{f"left_{kind}_id": left, f"right_{kind}_id": right},
            score=each.score,
            reasons=list(each.signs),
        )
        for (left, right), each in likenesses(pairs, kind).items()
        if each.score >= QUEUE_FROM
    ]
    Duplicate.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=[f"left_{kind}", f"right_{kind}"],
        update_fields=["score", "reasons"],
    )
    scan.found += len(rows)


def likenesses(pairs: Iterable[tuple[int, int]], kind: str) -> dict[tuple[int, int], Likeness]:
    """Each pair compared; those of which one is no more are left out."""
    known = sorted(pairs)
    keys = {key for pair in known for key in pair}
    if kind == "person":
        free = Person.objects.filter(pk__in=keys).unrestricted()  # the others' data lie still
        people_ = whos(free.values_list("pk", flat=True))
        return {
            (left, right): likeness.of_people(people_[left], people_[right])
            for left, right in known
            if left in people_ and right in people_
        }
    found = bodies(keys)
    return {
        (left, right): likeness.of_organisations(found[left], found[right])
        for left, right in known
        if left in found and right in found
    }


def forget_unlike(keys: list[int], kind: str) -> None:
    """Drop undecided pairs of these customers that are not alike any more, as after a name was corrected."""
    mine = Duplicate.objects.filter(**{f"left_{kind}__in": keys}, verdict="")
    known = {(each.left_key, each.right_key): each.pk for each in mine}
    now = likenesses(known, kind)  # type: ignore[arg-type]  # both are there
    gone = [key for pair, key in known.items() if pair not in now or now[pair].score < QUEUE_FROM]
    Duplicate.objects.filter(pk__in=gone, verdict="").delete()
