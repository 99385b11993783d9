"""Mail that came in finds its customer, by itself or through the tray, and a question becomes a task (C2.4)."""

import threading

import pytest
from django.db import connection

from consent import ledger, people, suppression
from consent.models import Person
from crm import asking, history, jobs, tray
from crm.models import Filing, NamedContact, Task
from crm.versions import StaleError
from mailing import inbound
from mailing.models import InboundMail
from tests import factories
from tests.crm.conftest import ENGLISH, dom, page_of, see, words
from tests.factories import DAY, NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

QUESTION = "Hei!\n\nVoiko kurssille tulla vielä yksi?\n\nTerveisin Anna"


def mail(person=None, text=QUESTION, **fields):
    number = InboundMail.objects.count()
    values = {
        "kind": "unknown",
        "sender": "anna@konepaja.fi" if person else "matti@konepaja.fi",
        "subject": "Kurssista",
        "size": 100,
        "digest": f"{number:064}",
        "received_at": NOW,
        **fields,
    }
    return InboundMail.objects.create(person=person, text=text, **values)


def post(client, about, verb, **values):
    values = {"version": tray.version_of(about), **values}
    return client.post(f"/staff/tray/{about.pk}/{verb}/", values, headers=ENGLISH)


# --- known senders --------------------------------------------------------------------------------


def test_a_mail_of_a_known_sender_is_on_their_timeline_and_not_in_the_tray(client, seller, anna):
    mail(anna)
    assert "Mail to us: Kurssista Hei!" in see(client, anna)
    assert "The tray is empty" in words(client.get("/staff/tray/", headers=ENGLISH))


def test_what_is_quoted_is_not_shown(client, seller, anna):
    mail(anna, "Kiitos!\n\n> Ilmoittautumisesi on vahvistettu")
    assert "vahvistettu" not in see(client, anna)


def test_a_question_becomes_a_task_of_the_named_contact(anna, konepaja, seller):
    NamedContact.objects.create(organisation=konepaja, user=seller, chosen="rule")
    mail(anna)
    assert jobs.read_mail() == 1
    task = Task.objects.get()
    assert (task.kind, task.person, task.assignee, task.created_by) == (
        "question",
        anna,
        seller,
        None,
    )
    assert task.what == "Hei! Voiko kurssille tulla vielä yksi? Terveisin Anna"
    assert task.due_at.isoformat() == "2026-11-24T14:00:00+00:00"  # the end of the next working day
    assert Filing.objects.get().task == task


def test_a_question_to_nobody_in_particular_is_nobodys_task(anna):
    mail(anna)
    jobs.read_mail()
    assert Task.objects.get().assignee is None


def test_a_question_that_lay_for_days_still_has_time(anna, set_clock):
    mail(anna)
    set_clock(NOW + 9 * DAY)
    jobs.read_mail()
    assert Task.objects.get().due_at.isoformat() == "2026-12-03T14:00:00+00:00"


def test_what_asks_nothing_makes_no_task(anna):
    mail(anna, "Kiitos, kaikki hyvin!")
    assert jobs.read_mail() == 1
    assert not Task.objects.exists()
    assert Filing.objects.get().outcome == "read"


@pytest.mark.parametrize("kind", ["auto_reply", "bounce", "complaint", "unsubscribe"])
def test_what_no_human_wrote_is_not_read(anna, kind):
    mail(anna, kind=kind)
    assert jobs.read_mail() == 0
    assert not Task.objects.exists()


def test_a_mail_is_read_once(anna):
    mail(anna)
    assert [jobs.read_mail() for _ in range(3)] == [1, 0, 0]
    assert Task.objects.count() == 1


def test_the_next_steps_name_the_question(client, seller, anna):
    mail(anna)
    jobs.read_mail()
    seen = see(client, anna)
    assert "Answer: Hei! Voiko kurssille tulla vielä yksi? Terveisin Anna" in seen


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_make_one_task(anna):
    mail(anna)

    def work():
        jobs.read_mail()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (Task.objects.count(), Filing.objects.count()) == (1, 1)


# --- what asks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Milloin seuraava kurssi alkaa",
        "Voisitteko lähettää ohjelman.",
        "Hei, onko vielä tilaa",
        "Haluaisin tietää hinnan.",
        "Järjestättekö tätä meillä",
        "Kan ni skicka en offert.",
        "När börjar kursen",
        "Jag undrar vad det kostar.",
        "Could you send me the programme.",
        "I would like to know the price.",
        "Paikka?",
    ],
)
def test_questions_with_and_without_a_question_mark(text):
    assert asking.asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Kiitos!",
        "Stop",
        "Osallistun mielelläni.",
        "Tack så mycket.",
        "See you on Monday.",
        "Tässä linkki: https://example.org/?a=1",
        "Kiitos!\n\n> Oletko tulossa?",
        "Kiitos\n\n-- \nMatti, entä sinä?",
        "Koskaan en ole ollut näin tyytyväinen.",
    ],
)
def test_what_is_no_question(text):
    assert not asking.asks(text)


# --- the tray -------------------------------------------------------------------------------------


def test_mails_of_unknown_senders_wait_the_oldest_first(client, seller):
    mail(subject="Toinen")
    mail(subject="Ensin", received_at=NOW - DAY)
    mail(subject="Raportti", kind="bounce")
    page = dom(client.get("/staff/tray/", headers=ENGLISH))
    assert [each.text_content().strip() for each in page.cssselect(".letter h2")] == [
        "Ensin",
        "Toinen",
    ]


def test_a_mail_is_filed_with_one_press_and_its_question_becomes_a_task(client, seller, anna):
    letter = mail()
    answer = post(client, letter, "file", person=anna.pk)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/staff/tray/")
    letter.refresh_from_db()
    filing, task = Filing.objects.get(), Task.objects.get()
    assert (letter.person, filing.outcome, filing.by, filing.task) == (anna, "filed", seller, task)
    assert (task.person, task.kind) == (anna, "question")
    assert history.INBOUND in {key.source for key in history.page(anna).keys}
    assert not tray.waiting().exists()
    assert jobs.read_mail() == 0


def test_one_that_was_filed_with_the_wrong_person_moves_with_its_task(client, seller, anna):
    letter, other = mail(), factories.person(name="Toinen")
    post(client, letter, "file", person=other.pk)
    letter.refresh_from_db()
    post(client, letter, "file", person=anna.pk)
    letter.refresh_from_db()
    assert letter.person == anna
    assert Task.objects.get().person == anna
    assert Filing.objects.count() == 1


def test_it_is_found_where_it_was_filed(client, seller, anna):
    letter = mail()
    post(client, letter, "file", person=anna.pk)
    page = dom(client.get(page_of(anna)))
    assert page.xpath(f"//a[@href='/staff/tray/{letter.pk}/']")


def test_a_mail_that_is_nobodys_is_set_aside(client, seller):
    letter = mail()
    assert post(client, letter, "set-aside").status_code == 302
    filing = Filing.objects.get()
    assert (filing.outcome, filing.by, filing.task) == ("set_aside", seller, None)
    assert not tray.waiting().exists()
    assert not Task.objects.exists()


def test_the_sender_is_made_a_new_person(client, seller):
    letter = mail()
    assert post(client, letter, "new", called="Matti Mäkinen").status_code == 302
    letter.refresh_from_db()
    assert (letter.person.name, letter.person.email) == ("Matti Mäkinen", "matti@konepaja.fi")


@pytest.mark.parametrize("reason", ["erased", "objected"])
def test_who_was_erased_or_objects_is_not_made_anew_by_staff(client, seller, reason):
    suppression.suppress("matti@konepaja.fi", reason)
    letter, before = mail(), Person.objects.count()
    seen = words(post(client, letter, "new", called="Matti"), 409)
    assert "They come back by their own doing." in seen
    assert (Person.objects.count(), Filing.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("verb", "values"),
    [("file", {"person": "anna"}), ("set-aside", {}), ("new", {"called": "Matti Mäkinen"})],
)
def test_whoever_is_slower_is_told_and_nothing_changes(
    client, seller, coordinator, anna, verb, values
):
    letter = mail()
    old = tray.version_of(letter)
    other = factories.person(name="Kollegan valinta")
    tray.file(letter, other, by=coordinator, version=old)
    values = {key: anna.pk if value == "anna" else value for key, value in values.items()}
    people_before = Person.objects.count()
    seen = words(post(client, letter, verb, **values, version=old), 409)
    assert "A colleague has dealt with this mail meanwhile" in seen
    letter.refresh_from_db()
    assert (letter.person, Filing.objects.get().by) == (other, coordinator)
    assert Person.objects.count() == people_before


def test_without_the_version_the_second_would_win(anna, seller, coordinator):
    """The control: the version alone tells them apart."""
    letter = mail()
    old = tray.version_of(letter)
    tray.file(letter, anna, by=seller, version=old)
    with pytest.raises(StaleError):
        tray.set_aside(letter, by=coordinator, version=old)
    letter.refresh_from_db()
    tray.set_aside(letter, by=coordinator, version=tray.version_of(letter))
    assert Filing.objects.get().outcome == "set_aside"


@pytest.mark.parametrize(
    ("verb", "values"),
    [
        ("file", {"person": "99999"}),
        ("file", {"person": "x"}),
        ("file", {"person": str(10**20)}),
        ("file", {}),
        ("new", {"called": ""}),
        ("new", {"called": "Matti\nBcc: x@example.org"}),
        ("new", {"called": "x" * 201}),
        ("set-aside", {"version": "x" * 17}),
    ],
)
def test_what_cannot_be_meant_is_refused(client, seller, verb, values):
    letter = mail()
    assert post(client, letter, verb, **values).status_code == 422
    assert not Filing.objects.exists()


# --- whose it may be --------------------------------------------------------------------------------


def look_for(client, letter, text):
    page = dom(client.post(f"/staff/tray/{letter.pk}/", {"words": text}, headers=ENGLISH))
    return [int(each) for each in page.xpath("//input[@name='person']/@value")]


@pytest.mark.parametrize("text", ["ANNA@konepaja.fi ", "ANNA v", "anna virt", "Virtanen Anna"])
def test_a_person_is_found_by_address_and_by_parts_of_the_name(client, seller, anna, text):
    factories.person(name="Anna Muu")
    assert look_for(client, mail(), text) == [anna.pk]


def test_whose_data_lie_still_is_not_suggested(client, seller, anna):
    ledger.restrict(anna, method="form")
    assert look_for(client, mail(), "anna") == []


@pytest.mark.parametrize("text", ["%", "_", "' OR 1=1 --", "konepaja.fi", "x" * 254])
def test_nobody_is_found_by_what_is_no_name(client, seller, anna, text):
    assert look_for(client, mail(), text) == []


def test_what_is_looked_for_is_posted(client, seller, anna):
    letter = mail()
    page = dom(client.get(f"/staff/tray/{letter.pk}/"))
    assert page.xpath("//form[.//input[@name='words']]/@method") == ["post"]
    assert client.post(f"/staff/tray/{letter.pk}/", {"words": ""}).status_code == 422
    assert client.post(f"/staff/tray/{letter.pk}/", {"words": "x" * 255}).status_code == 422


def test_colleagues_of_the_same_organisation_are_suggested(client, seller, anna, konepaja):
    konepaja.domains.create(domain="konepaja.fi")
    page = dom(client.get(f"/staff/tray/{mail().pk}/"))
    assert page.xpath("//input[@name='person']/@value") == [str(anna.pk)]
    elsewhere = mail(sender="x@muualla.fi")
    page = dom(client.get(f"/staff/tray/{elsewhere.pk}/"))
    assert page.xpath("//input[@name='person']/@value") == []


# --- who may ----------------------------------------------------------------------------------------


def test_who_may_only_read_files_nothing(client, tamk, anna):
    letter = mail()
    client.force_login(factories.staff(tamk, "auditor"))
    assert client.get("/staff/tray/").status_code == 200
    page = dom(client.get(f"/staff/tray/{letter.pk}/"))
    assert "Hei" in page.xpath("string(//main)")
    assert page.xpath("//main//form") == []
    assert client.post(f"/staff/tray/{letter.pk}/", {"words": "Anna"}).status_code == 403
    for verb in ("file", "new", "set-aside"):
        assert post(client, letter, verb, person=anna.pk, called="x").status_code == 403
    assert not Filing.objects.exists()


@pytest.mark.parametrize("kind", ["bounce", "complaint", "auto_reply", "unsubscribe"])
def test_reports_are_nobodys_to_file(client, seller, anna, kind):
    report = mail(kind=kind)
    assert client.get(f"/staff/tray/{report.pk}/").status_code == 404
    assert post(client, report, "file", person=anna.pk).status_code == 404
    assert not Filing.objects.exists()


# --- how long ---------------------------------------------------------------------------------------


def test_what_is_filed_stays_and_what_is_not_goes_after_thirty_days(anna, seller, set_clock):
    filed, waits, aside = mail(), mail(), mail()
    tray.file(filed, anna, by=seller, version=tray.version_of(filed))
    tray.set_aside(aside, by=seller, version=tray.version_of(aside))
    set_clock(NOW + 31 * DAY)
    inbound.forget()
    assert list(InboundMail.objects.all()) == [filed]
    assert Filing.objects.get().mail == filed
    assert waits.pk not in InboundMail.objects.values_list("pk", flat=True)
    assert people.person_for("anna@konepaja.fi") == anna
