"""Promises of the database as queries that find nothing: run nightly, after every fault test and after a restore.

Most are forbidden by constraints as well. A copy restored from a backup, a constraint dropped in a migration and a
bug in what no constraint can say are found here.
"""

from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection

from consent.verification import CHECKS

REMEMBERED = "broken-promises"
KEPT = 2 * 60 * 60  # seconds; they are examined every hour


@dataclass(frozen=True)
class Invariant:
    """A promise; its query returns the keys of the rows that break it."""

    name: str
    promise: str
    sql: str


OUTBOX = [
    Invariant(
        "b1",
        "no message goes to one person twice, and none is taken twice by the server",
        """
        SELECT message_id, person_id FROM mailing_delivery GROUP BY 1, 2 HAVING count(*) > 1
        UNION ALL
        SELECT d.message_id, d.person_id FROM mailing_delivery d JOIN mailing_transition t ON t.delivery_id = d.id
        WHERE t.to_state = 'sent' GROUP BY 1, 2 HAVING count(*) > 1
        """,
    ),
    Invariant(
        "b2",
        "no address gets a message twice",
        """
        SELECT message_id, min(id) FROM mailing_delivery WHERE address <> ''
        GROUP BY message_id, lower(address) HAVING count(*) > 1
        """,
    ),
    Invariant(
        "b3",
        "every reader of a frozen audience has a delivery, and nobody else",
        """
        SELECT m.id FROM mailing_message m
        WHERE m.audience_size <> (SELECT count(*) FROM mailing_delivery d WHERE d.message_id = m.id)
        """,
    ),
    Invariant(
        "b4",
        "no marketing left without a permission that stood at that moment",
        """
        SELECT d.id FROM mailing_delivery d
        JOIN mailing_message m ON m.id = d.message_id AND m.kind = 'marketing'
        LEFT JOIN consent_event e ON e.id = d.permitted_by_id
        WHERE d.state IN ('transmitting', 'sent', 'in_doubt') AND (
          e.id IS NULL OR e.recorded_at > d.transmit_at
          OR e.action NOT IN ('granted', 'soft_opt_in', 'legal_person')
          OR (e.purpose, e.channel) IS DISTINCT FROM (m.purpose, 'email')
          OR e.controller_id IS DISTINCT FROM m.controller_id
          OR e.topic_id IS NOT NULL AND e.topic_id IS DISTINCT FROM m.topic_id
          OR EXISTS (
            SELECT FROM consent_event r
            WHERE r.chain_id = e.chain_id AND r.seq > e.seq AND r.recorded_at <= d.transmit_at
              AND r.action = 'withdrawn' AND r.purpose = m.purpose AND r.channel = 'email'
              AND r.controller_id IS NOT DISTINCT FROM m.controller_id
              AND (r.topic_id IS NULL OR r.topic_id = m.topic_id)))
        """,
    ),
    Invariant(
        "b5",
        "no delivery is left with a worker that is gone",
        """
        SELECT id FROM mailing_delivery
        WHERE state IN ('claimed', 'transmitting') AND lease_until < portal_now() - interval '10 minutes'
        """,
    ),
    Invariant(
        "b6",
        "no doubt is older than a day",
        """
        SELECT d.id FROM mailing_delivery d WHERE d.state = 'in_doubt'
          AND (SELECT max(t.at) FROM mailing_transition t WHERE t.delivery_id = d.id)
              < portal_now() - interval '1 day'
        """,
    ),
    Invariant(
        "b7",
        "the last step of every delivery is where it is",
        """
        SELECT d.id FROM mailing_delivery d
        WHERE d.state IS DISTINCT FROM (
          SELECT t.to_state FROM mailing_transition t WHERE t.delivery_id = d.id ORDER BY t.id DESC LIMIT 1)
        """,
    ),
    Invariant(
        "b8",
        "no marketing left after an objection to all marketing, or while processing was restricted",
        """
        SELECT d.id FROM mailing_delivery d
        JOIN mailing_message m ON m.id = d.message_id AND m.kind = 'marketing'
        JOIN consent_event e ON e.id = d.permitted_by_id
        JOIN consent_event r ON r.chain_id = e.chain_id AND r.recorded_at <= d.transmit_at
        WHERE d.state IN ('transmitting', 'sent', 'in_doubt')
          AND (r.action = 'objected' AND r.seq > e.seq
               OR r.action = 'restricted' AND NOT EXISTS (
                 SELECT FROM consent_event f WHERE f.chain_id = r.chain_id AND f.action = 'released'
                   AND f.seq > r.seq AND f.recorded_at <= d.transmit_at))
        """,
    ),
    Invariant(
        "m1",
        "a message with nothing left to send keeps no secrets",
        """
        SELECT m.id FROM mailing_message m
        WHERE m.secrets <> '{}'
          AND EXISTS (SELECT FROM mailing_delivery d WHERE d.message_id = m.id)
          AND NOT EXISTS (SELECT FROM mailing_delivery d WHERE d.message_id = m.id
                          AND d.state IN ('queued', 'claimed', 'transmitting', 'in_doubt'))
        """,
    ),
    Invariant(
        "m2",
        "every message to one person is on its way to somebody",
        """
        SELECT m.id FROM mailing_message m
        WHERE m.audience_size IS NULL
          AND NOT EXISTS (SELECT FROM mailing_delivery d WHERE d.message_id = m.id)
        """,
    ),
]

# A customer of less than an hour, made past the verbs, is still the job’s; with no staff at all nobody can be named.
CUSTOMERS = [
    Invariant(
        "k1",
        "every organisation, and everybody who is enrolled or belongs to one, has somebody who answers today",
        """
        WITH clock AS (
          SELECT portal_now() AS now, (portal_now() AT TIME ZONE 'Europe/Helsinki')::date AS today
        ), person AS (
          SELECT id, min(since) AS since FROM (
            SELECT e.person_id AS id, e.created_at AS since FROM courses_enrolment e
            WHERE e.status IN ('confirmed', 'offered', 'waiting')
              AND e.person_id IN (SELECT person_id FROM consent_address)
            UNION ALL
            SELECT f.person_id, greatest(f.since, p.created_at)
            FROM clock, crm_affiliation f JOIN consent_person p ON p.id = f.person_id
            WHERE f.since <= now AND (f.until IS NULL OR f.until > now)) ways
          GROUP BY id
        ), answered AS (
          SELECT who FROM clock, (SELECT DISTINCT user_id AS who FROM crm_namedcontact WHERE until IS NULL) named
          WHERE crm_answering(who, today) IS NOT NULL
        ), broken AS (
          SELECT 'organisation' AS kind, o.id FROM clock, crm_organisation o
          LEFT JOIN crm_namedcontact n ON n.organisation_id = o.id AND n.until IS NULL
          WHERE CASE WHEN n.id IS NOT NULL THEN n.user_id NOT IN (SELECT who FROM answered)
            ELSE o.created_at < now - interval '1 hour'
              OR EXISTS (SELECT FROM crm_namedcontact h WHERE h.organisation_id = o.id) END
          UNION ALL
          SELECT 'person', p.id FROM clock, person p
          LEFT JOIN crm_namedcontact n ON n.person_id = p.id AND n.until IS NULL
          WHERE CASE WHEN n.id IS NOT NULL THEN n.user_id NOT IN (SELECT who FROM answered)
            ELSE p.since < now - interval '1 hour'
              OR EXISTS (SELECT FROM crm_namedcontact h WHERE h.person_id = p.id) END
        )
        SELECT kind, id FROM broken
        WHERE EXISTS (SELECT FROM (SELECT DISTINCT user_id FROM accounts_staffrole) s WHERE crm_is_reachable(s.user_id))
        ORDER BY 1, 2
        """,
    ),
    Invariant(
        "k2",
        "no customer’s question is late for a day without somebody else having been told",
        """
        SELECT id FROM crm_task
        WHERE kind = 'question' AND done_at IS NULL AND escalated_at IS NULL
          AND due_at < portal_now() - interval '1 day'
        """,
    ),
]

INVARIANTS = [
    *(Invariant(check.name, check.promise, check.sql) for check in CHECKS),
    Invariant(
        "c1",
        "no run has more people on its seats than seats",
        """
        SELECT r.id FROM courses_run r WHERE
          (SELECT count(*) FROM courses_enrolment e WHERE e.run_id = r.id AND e.status IN ('confirmed', 'offered'))
          > (SELECT count(*) FROM courses_seat s WHERE s.run_id = r.id)
        """,
    ),
    Invariant(
        "c2",
        "nobody has waited for two minutes while a seat was free and enrolment open",
        """
        SELECT r.id FROM courses_run r
        WHERE r.state = 'published' AND r.enrolment_closes_at > portal_now()
          AND coalesce(r.enrolment_opens_at, '-infinity') <= portal_now()
          AND EXISTS (SELECT FROM courses_enrolment e WHERE e.run_id = r.id AND e.status = 'waiting'
                      AND e.created_at < portal_now() - interval '2 minutes')
          AND EXISTS (SELECT FROM courses_seat s WHERE s.run_id = r.id
                      AND NOT EXISTS (SELECT FROM courses_enrolment e WHERE e.seat_id = s.id))
          AND NOT EXISTS (SELECT FROM courses_enrolment e WHERE e.run_id = r.id
                          AND e.ended_at > portal_now() - interval '2 minutes')
        """,
    ),
    Invariant(
        "c3",
        "nobody from the queue has a seat while somebody before them still waits",
        """
        SELECT e.id FROM courses_enrolment e
        JOIN courses_enrolment w ON w.run_id = e.run_id AND w.status = 'waiting' AND w.queue_no < e.queue_no
        WHERE e.status IN ('confirmed', 'offered')
        """,
    ),
    Invariant(
        "c4",
        "no offer outlives enrolment",
        """
        SELECT e.id FROM courses_enrolment e JOIN courses_run r ON r.id = e.run_id
        WHERE e.status = 'offered' AND e.offer_expires_at > r.enrolment_closes_at
        """,
    ),
    Invariant(
        "c5",
        "nobody is on a run twice",
        """
        SELECT e.run_id, e.person_id FROM courses_enrolment e
        WHERE e.status IN ('confirmed', 'offered', 'waiting')
        GROUP BY 1, 2 HAVING count(*) > 1
        """,
    ),
    Invariant(
        "c6",
        "no seat is held twice, by the ended, or on another run",
        """
        SELECT s.id FROM courses_seat s JOIN courses_enrolment e ON e.seat_id = s.id
        GROUP BY s.id, s.run_id
        HAVING count(*) > 1 OR bool_or(e.run_id <> s.run_id)
          OR bool_or(e.status NOT IN ('confirmed', 'offered'))
        """,
    ),
    Invariant(
        "c7",
        "queue numbers follow the order of joining, each once",
        """
        SELECT id FROM (
          SELECT e.id, e.queue_no, e.created_at,
                 lag(e.queue_no) OVER line AS number_before, lag(e.created_at) OVER line AS joined_before
          FROM courses_enrolment e WHERE e.queue_no IS NOT NULL
          WINDOW line AS (PARTITION BY e.run_id ORDER BY e.queue_no, e.id)
        ) q WHERE created_at < joined_before OR queue_no = number_before
        """,
    ),
    Invariant(
        "c8",
        "the capacity of a run is the number of its seats",
        """
        SELECT r.id FROM courses_run r
        WHERE r.capacity IS NOT NULL
          AND r.capacity <> (SELECT count(*) FROM courses_seat s WHERE s.run_id = r.id)
        """,
    ),
    *OUTBOX,
    *CUSTOMERS,
    Invariant(
        "n1",
        "no request for the newsletter outlives its link by more than two nights",
        """
        SELECT id FROM mailing_signup WHERE created_at < portal_now() - interval '9 days'
        """,
    ),
    Invariant(
        "n2",
        "a confirmed request is a permission in the ledger, and one not confirmed is none",
        """
        SELECT s.id FROM mailing_signup s
        WHERE (s.confirmed_at IS NOT NULL) <> EXISTS (
          SELECT FROM consent_event e
          WHERE e.purpose = 'newsletter' AND e.action = 'granted' AND e.source = 'sign-up ' || s.id)
        """,
    ),
    Invariant(
        "k3",
        "no organisation is above itself",
        """
        WITH RECURSIVE above AS (
          SELECT id AS below, parent_id AS id FROM crm_organisation WHERE parent_id IS NOT NULL
          UNION
          SELECT a.below, o.parent_id FROM above a JOIN crm_organisation o ON o.id = a.id WHERE o.parent_id IS NOT NULL
        )
        SELECT id FROM above WHERE id = below
        """,
    ),
    Invariant(
        "r1",
        "no erasure that was begun is unfinished after a day",
        """
        SELECT id FROM consent_subjectrequest
        WHERE "right" = 'erasure' AND finished_at IS NULL AND received_at < portal_now() - interval '1 day'
        """,
    ),
    Invariant(
        "r2",
        "no request of a person is overdue",
        """
        SELECT id FROM consent_subjectrequest
        WHERE finished_at IS NULL AND due_on < (portal_now() AT TIME ZONE 'Europe/Helsinki')::date
        """,
    ),
    Invariant(
        "r3",
        "who was erased signs in nowhere, has no name and is no person’s user",
        """
        SELECT u.id FROM accounts_user u
        WHERE u.email LIKE '%@erased.invalid' AND (u.is_active OR u.name <> '' OR EXISTS (
          SELECT FROM consent_person p WHERE p.user_id = u.id))
        """,
    ),
    Invariant(
        "k4",
        "a person of whom others told us, by an import or by hand, has been told so within a month",
        """
        SELECT c.person_id FROM crm_contactperson c
        JOIN consent_person p ON p.id = c.person_id AND p.kind = 'natural'
        WHERE c.informed_at IS NULL
        AND (c.from_others_at < portal_now() - interval '30 days' OR EXISTS (
          SELECT FROM crm_importrow r JOIN crm_import i ON i.id = r.imported_id
          WHERE r.person_id = c.person_id AND r.state IN ('done', 'stays')
          AND i.done_at < portal_now() - interval '30 days'))
        AND NOT EXISTS (SELECT FROM consent_alias a WHERE a.person_id = c.person_id)
        AND NOT EXISTS (
          SELECT FROM consent_chainowner o JOIN consent_state s ON s.chain_id = o.chain_id
          WHERE o.person_id = c.person_id AND s.action = 'restricted')
        """,
    ),
    Invariant(
        "k5",
        "no import has been at work for six hours",
        """
        SELECT id FROM crm_import
        WHERE state = 'importing' AND begun_at < portal_now() - interval '6 hours'
        """,
    ),
    Invariant(
        "p1",
        "who signs in is reached at the address they sign in with",
        """
        SELECT p.id FROM consent_person p JOIN accounts_user u ON u.id = p.user_id
        WHERE NOT EXISTS (SELECT FROM consent_address a WHERE a.person_id = p.id AND a.is_primary
                          AND lower(a.email) = lower(u.email))
        """,
    ),
    Invariant(
        "p2",
        "who has an address has a primary one",
        """
        SELECT person_id FROM consent_address GROUP BY 1 HAVING NOT bool_or(is_primary)
        """,
    ),
]


def broken(promises: list[Invariant] = INVARIANTS) -> dict[str, list[tuple[object, ...]]]:
    """The rows that break each promise, by its name; only those that are broken."""
    found = {}
    with connection.cursor() as cursor:
        for invariant in promises:
            cursor.execute(invariant.sql)
            if rows := cursor.fetchall():
                found[invariant.name] = rows
    return found


def examine() -> list[str]:
    """Look for what is broken, and remember the names for the workbench's first page, which must not wait for it."""
    names = sorted(broken())
    cache.set(REMEMBERED, names, KEPT)
    return names


def last_broken() -> list[str]:
    """The promises that did not hold when they were last examined; none when that is long ago."""
    names: list[str] = cache.get(REMEMBERED, [])
    return names
