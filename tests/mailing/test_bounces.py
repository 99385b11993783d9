"""What a delivery that did not arrive does to its address, counted from rows (D3.6, F05)."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from consent import ledger, people, permission, suppression
from consent.models import Address, Event
from mailing import bounces, gateway, outbox, reports
from mailing.models import Bounce, Delivery
from tests import factories
from tests.factories import DAY, NOW
from tests.mailing import corpus
from tests.mailing.corpus import letter, mail, receive

pytestmark = pytest.mark.django_db
ANNA = "anna@example.org"

# what each mail says: the kind of bounce, its status, and whether one is enough to close the address
SAYS = {
    "exchange-no-access": ("hard", "5.2.1", False),
    "exim-unknown": ("gone", "5.1.1", True),
    "exim-unrouteable": ("hard", "5.0.0", False),
    "gmail-unknown": ("gone", "5.1.1", True),
    "outlook365-unknown": ("gone", "5.1.10", True),
    "postfix-blocked": ("blocked", "5.7.1", False),
    "postfix-delayed": ("soft", "4.4.1", False),
    "postfix-expired": ("hard", "4.4.1", False),
    "postfix-forwarded": ("hard", "5.1.1", False),
    "postfix-full": ("hard", "5.2.2", False),
    "postfix-null-mx": ("gone", "5.1.10", True),
    "postfix-unknown": ("gone", "5.1.1", True),
    "qmail-refused": ("hard", "5.0.0", False),
    "qmail-unknown": ("gone", "5.1.1", True),
    "sendmail-unknown": ("gone", "5.1.1", True),
}
REPORTS = [name for name in corpus.NAMES if name.split("-")[0] in {n.split("-")[0] for n in SAYS}]


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def address(email=ANNA):
    return Address.objects.get(email=email)


def closed(email=ANNA):
    return address(email).closed_because


def test_every_report_of_the_corpus_is_judged_here():
    assert sorted(SAYS) == REPORTS


@pytest.mark.parametrize("name", SAYS)
def test_what_a_report_says_and_does(name):
    delivery = letter()
    kind, status, closes = SAYS[name]
    receive(mail(name, delivery))
    (row,) = Bounce.objects.all()
    assert (row.delivery, row.kind, row.status, row.at) == (delivery, kind, status, NOW)
    assert closed() == ("hard_bounce" if closes else "")
    assert [each.action for each in Event.objects.all()] == ["granted"], "consent is untouched"


def test_a_bounced_delivery_stays_as_sent(server):
    delivery = letter()
    gateway.drain()
    receive(mail("postfix-unknown", delivery))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.bounces.get().kind) == ("sent", "gone")


def test_nothing_is_sent_to_a_closed_address(server):
    receive(mail("postfix-unknown", letter()))
    waiting = [letter(), corpus.service()]
    gateway.drain()
    assert server.mails == []
    assert {Delivery.objects.get(pk=each.pk).decision for each in waiting} == {"closed_address"}


# --- the third -----------------------------------------------------------------------------------


def test_the_third_delivery_closes_the_address():
    for expected in ("", "", "hard_bounce"):
        receive(mail("postfix-full", letter()))
        assert closed() == expected


def test_the_same_failure_by_many_ways_counts_once():
    delivery = letter()
    receive(mail("postfix-full", delivery))
    receive(mail("postfix-expired", delivery))
    receive(mail("qmail-refused", delivery))
    assert not bounces.failed(delivery, "5.2.2")
    assert (Bounce.objects.count(), closed()) == (1, "")
    assert bounces.failed(letter(), "5.2.2")
    assert (Bounce.objects.count(), closed()) == (2, "")


def test_what_is_late_never_closes_an_address():
    for _ in range(5):
        receive(mail("postfix-delayed", letter()))
    assert (Bounce.objects.count(), closed()) == (5, "")


def test_what_is_refused_for_its_sender_closes_the_address_on_the_third():
    for expected in ("", "", "hard_bounce"):
        receive(mail("postfix-blocked", letter()))
        assert closed() == expected


def test_what_bounced_a_year_ago_counts_no_more(set_clock):
    for _ in range(2):
        bounces.failed(letter(), "5.2.2")
    set_clock(NOW + Bounce.COUNTED_FOR)
    bounces.failed(letter(), "5.2.2")
    assert closed() == ""
    set_clock(NOW + Bounce.COUNTED_FOR + DAY)
    for _ in range(2):
        bounces.failed(letter(), "5.2.2")
    assert closed() == "hard_bounce"


def test_one_address_s_failures_close_no_other():
    for email in (ANNA, "bertta@example.org", "celia@example.org"):
        bounces.failed(letter(email), "5.2.2")
    assert Address.objects.filter(closed_at__isnull=False).count() == 0


def test_the_address_counts_in_whatever_case_it_was_written():
    for written in ("anna@example.org", "ANNA@example.org", "Anna@Example.org"):
        delivery = letter()
        Delivery.objects.filter(pk=delivery.pk).update(address=written)
        bounces.failed(Delivery.objects.get(pk=delivery.pk), "5.2.2")
    assert closed() == "hard_bounce"


def test_an_address_nobody_has_any_more_is_only_recorded():
    delivery = letter()
    Address.objects.all().delete()
    assert bounces.failed(delivery, "5.1.1")
    assert (Bounce.objects.count(), Address.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_three_failures_at_once_close_the_address():
    """The control: without the lock on the address each of them counts itself alone."""
    many = [letter() for _ in range(3)]
    gate = threading.Barrier(3)

    def fail(delivery):
        connection.ensure_connection()
        gate.wait()
        try:
            bounces.failed(delivery, "5.2.2")
        finally:
            connection.close()

    threads = [threading.Thread(target=fail, args=[each]) for each in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Bounce.objects.count(), closed()) == (3, "hard_bounce")


@pytest.mark.parametrize("changes", [{"status": "unknown"}, {"kind": "rubber"}])
def test_the_database_keeps_bounces_in_order(changes):
    bounces.failed(letter(), "5.2.2")
    with pytest.raises(IntegrityError):
        Bounce.objects.update(**changes)


# --- refused while it is handed over ---------------------------------------------------------------


def service_to(email=ANNA):
    return outbox.queue("mailing/welcome", people.person_for(email), {})


@pytest.mark.parametrize(
    ("reply", "kind", "status", "closes"),
    [
        ("550 5.1.1 No such user", "gone", "5.1.1", True),
        ("550 No such person", "hard", "5.0.0", False),
        ("553 5.3.0 No", "hard", "5.3.0", False),
        ("554 5.7.1 Relay access denied", "blocked", "5.7.1", False),
        ("556 5.1.10 Null MX", "gone", "5.1.10", True),
    ],
)
def test_a_refusal_of_the_reader_is_counted(server, reply, kind, status, closes):
    delivery = service_to()
    server.at_rcpt[ANNA] = [reply]
    gateway.drain()
    row = Bounce.objects.get()
    assert (row.delivery_id, row.kind, row.status) == (delivery.pk, kind, status)
    assert closed() == ("hard_bounce" if closes else "")
    assert Delivery.objects.get().state == "failed"


def test_three_refusals_at_rcpt_and_data_close_the_address_and_touch_no_consent(server):
    person = people.person_for(ANNA)
    factories.grant(person)
    server.at_rcpt[ANNA] = ["550 No", "550 No"]
    server.at_data[ANNA] = ["552 Too big"]
    for expected in ("", "", "hard_bounce"):
        service_to()
        gateway.drain()
        assert closed() == expected
    assert server.mails == []
    assert [each.action for each in Event.objects.all()] == ["granted"]
    assert permission.stands(person, "newsletter").rule == "consent"


def test_a_refusal_for_now_is_not_counted(server):
    service_to()
    server.at_rcpt[ANNA] = ["451 4.2.2 Mailbox full"]
    gateway.drain()
    assert (Bounce.objects.count(), Delivery.objects.get().state) == (0, "queued")


def test_a_refusal_and_its_report_count_once(server):
    delivery = service_to()
    server.at_rcpt[ANNA] = ["552 5.2.2 Full"]
    gateway.drain()
    receive(mail("postfix-full", Delivery.objects.get(pk=delivery.pk)))
    assert Bounce.objects.count() == 1


# --- complaints ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["arf-complaint", "arf-headers-only"])
def test_a_complaint_closes_the_address_and_withdraws_what_the_mail_was_about(name):
    delivery = letter()
    receive(mail(name, delivery))
    event = Event.objects.of(delivery.person).last()
    assert (closed(), Bounce.objects.get().kind) == ("complaint", "complaint")
    assert (event.action, event.purpose, event.method) == ("withdrawn", "newsletter", "one_click")
    assert event.evidence.note == "reported as spam to the mail provider"


def test_a_complaint_without_the_seal_is_kept_and_changes_nothing():
    delivery = letter()
    kept = receive(mail("arf-redacted", delivery))
    assert (kept.kind, kept.delivery) == ("complaint", delivery)
    assert (Bounce.objects.count(), closed(), Event.objects.count()) == (0, "", 1)


def test_a_complaint_that_comes_again_undoes_no_newer_consent():
    delivery = letter()
    receive(mail("arf-complaint", delivery))
    factories.grant(delivery.person)
    assert not bounces.complained(delivery)
    assert permission.stands(delivery.person, "newsletter").rule == "consent"


def test_a_complaint_about_a_service_mail_closes_the_address_and_withdraws_nothing():
    receive(mail("arf-complaint", corpus.service()))
    assert (closed(), Event.objects.count()) == ("complaint", 0)


def test_a_complaint_is_no_objection_to_all_marketing():
    delivery = letter()
    receive(mail("arf-complaint", delivery))
    assert suppression.reason_for(ANNA) is None
    assert Event.objects.filter(action="objected").count() == 0
    assert ledger.object_to_marketing(delivery.person, method="form") is not None


# --- opened again -------------------------------------------------------------------------------------


def test_what_bounced_before_the_address_was_proven_counts_no_more(set_clock):
    for _ in range(3):
        bounces.failed(letter(), "5.2.2")
    set_clock(NOW + timedelta(minutes=1))
    assert people.open_address("ANNA@example.org")
    assert not people.open_address(ANNA)
    assert (closed(), address().reopened_at) == ("", NOW + timedelta(minutes=1))
    set_clock(NOW + timedelta(minutes=2))
    for expected in ("", "", "hard_bounce"):
        bounces.failed(letter(), "5.2.2")
        assert closed() == expected


def test_an_address_taken_by_its_proven_owner_is_open():
    receive(mail("postfix-unknown", letter("new@example.org")))
    user = factories.user("old@example.org")
    user.email = "new@example.org"
    user.save()
    assert people.person_of(user).email == "new@example.org"
    assert closed("new@example.org") == ""


@pytest.mark.parametrize(
    ("stated", "words", "status"),
    [
        ("5.1.1 (bad destination mailbox address)", "", "5.1.1"),
        ("5.0.0", "smtp; 550-5.1.1 The account\n 550 5.1.1 unnecessary", "5.1.1"),
        ("5.0.0", "smtp; 550 no", "5.0.0"),
        ("", "421 4.7.0 Try again", "4.7.0"),
        ("", "Sorry (#5.1.1)", "5.1.1"),
        ("", "host [5.1.1.7] said: 550 no", "5.0.0"),
        ("", "", "5.0.0"),
    ],
)
def test_the_most_exact_status_counts(stated, words, status):
    assert reports.status_of(stated, words) == status
