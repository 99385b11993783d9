"""A question that came by mail is as good as one asked on the site: told of, read whole, answered, moved (C2.4, C5.2)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import jobs, notes, questions, tasks, tray
from crm.models import Encounter, Look, NamedContact, Task
from crm.notes import Note
from mailing.models import Delivery, InboundMail
from mailing.templates import render
from tests import factories
from tests.crm.conftest import ENGLISH, dom, words
from tests.crm.test_tray import QUESTION, mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def told():
    """Who of staff was told of which question."""
    rows = Delivery.objects.filter(message__template="crm/question_for_staff").order_by("pk")
    return [(each.address, each.message.context["task"]) for each in rows]


def values(row):
    return type(row).objects.filter(pk=row.pk).values().get()


# --- telling ------------------------------------------------------------------------------------


def test_the_named_contact_is_told_and_the_writer_is_mailed_nothing(anna, konepaja, seller):
    NamedContact.objects.create(organisation=konepaja, user=seller, chosen="rule")
    mail(anna, subject="Vs: Re: Kurssista")
    jobs.read_mail()
    task = Task.objects.get()
    (delivery,) = Delivery.objects.all()
    sent = delivery.message
    assert told() == [(seller.email, task.pk)]
    assert (sent.context["why"], sent.context["title"]) == ("asked", "Kurssista")
    text = render(sent.template, "en", sent.context).text
    assert "Please give it by Tue 24 Nov 2026 at 16:00." in " ".join(text.split()).replace(
        "\xa0", " "
    )
    assert f"/staff/questions/{task.pk}/" in text


def test_of_nobodys_question_nobody_is_told(anna):
    asked(anna)
    assert told() == []


# --- answering ------------------------------------------------------------------------------------

LONG = (
    "Hei!\n\n"
    + "Pitkä johdanto. " * 20
    + "Voiko perua maanantaina?\n\n> Ilmoittautumisesi on vahvistettu"
)


def asked(person, text=QUESTION, **fields):
    """The question that a mail of theirs has become."""
    letter = mail(person, text, **fields)
    jobs.read_mail()
    return Task.objects.get(filing__mail=letter)


def open_question(client, task):
    return dom(client.get(f"/staff/questions/{task.pk}/", headers=ENGLISH))


def test_who_answers_reads_all_of_it_and_what_it_quotes(client, seller, anna):
    task = asked(anna, LONG)
    page = open_question(client, task)
    (quote,), (fold,) = page.cssselect(".question__text"), page.cssselect("details .event__words")
    assert quote.text_content().strip().endswith("Voiko perua maanantaina?")
    assert "Ilmoittautumisesi on vahvistettu" in fold.text_content()
    assert page.xpath(f"//main//a[@href='/staff/tray/{task.filing.mail_id}/']")
    assert Look.objects.get().person == anna


def test_what_quotes_nothing_is_there_once(client, seller, anna):
    page = open_question(client, asked(anna, "Voiko kurssille tulla?"))
    assert page.cssselect("main details .event__words") == []


def test_the_page_says_by_which_way_it_came_and_promises_nothing(client, seller, anna):
    seen = words(client.get(f"/staff/questions/{asked(anna).pk}/", headers=ENGLISH))
    assert "anna@konepaja.fi Sent by mail: the answer goes to the address" in seen
    assert "Subject Kurssista" in seen
    assert "Answer by Tue 24 Nov at 16:00" in seen
    assert "without signing in" not in seen
    assert "romised" not in seen


def test_whoever_has_the_task_reads_the_mail_and_files_nothing(client, tamk, anna):
    trainer = factories.staff(tamk, "trainer")
    task = asked(anna, LONG)
    client.force_login(trainer)
    assert client.get(f"/staff/questions/{task.pk}/").status_code == 404
    tasks.hand_over(task, trainer)
    page = open_question(client, task)
    assert "vahvistettu" in page.cssselect("details .event__words")[0].text_content()
    assert page.xpath("//main//a[contains(@href, '/staff/tray/')]") == []


def test_the_answer_has_the_question_and_goes_where_it_came_from(seller, anna):
    task = asked(anna, LONG, sender="anna@kotona.fi")
    questions.answer(task, "Voi.", by=seller)
    sent = Delivery.objects.get(message__template="crm/answer")
    assert (sent.address, sent.person, sent.message.context["title"]) == (
        "anna@kotona.fi",
        anna,
        "Kurssista",
    )
    text = render(sent.message.template, "fi", sent.message.context).text
    assert "Voiko perua maanantaina?" in text
    assert "vahvistettu" not in text


def test_each_question_shows_its_own_answer(client, seller, anna):
    first, second = asked(anna, "Paljonko se maksaa?"), asked(anna, "Onko paikkoja?")
    questions.answer(first, "Se maksaa tonnin.", by=seller)
    shown = [open_question(client, each).text_content() for each in (first, second)]
    assert ["tonnin" in each for each in shown] == [True, False]


def test_of_a_mail_that_is_gone_the_task_has_the_beginning(client, seller, anna):
    task = asked(anna)
    InboundMail.objects.all().delete()
    quote = open_question(client, task).cssselect(".question__text")[0].text_content().strip()
    assert quote == "Hei! Voiko kurssille tulla vielä yksi? Terveisin Anna"


# --- moving -------------------------------------------------------------------------------------


@pytest.fixture
def two(tamk, anna):
    """Two customers, and the named contact of each."""
    people = anna, factories.person(name="Toinen")
    contacts = [factories.staff(tamk, "sales", f"{each}@example.org") for each in ("yksi", "kaksi")]
    for person, user in zip(people, contacts, strict=True):
        NamedContact.objects.create(person=person, user=user, chosen="rule")
    return [*zip(people, contacts, strict=True)]


def test_its_question_goes_to_the_named_contact_of_whose_it_is_and_they_are_told(two, seller):
    (anna, first), (other, second) = two
    letter = mail(anna)
    jobs.read_mail()
    tray.file(letter, other, by=seller, version=tray.version_of(letter))
    task = Task.objects.get()
    assert (task.person, task.assignee, task.version) == (other, second, 2)
    assert told() == [(first.email, task.pk), (second.email, task.pk)]


def test_filed_with_the_same_once_more_nothing_moves(two, seller):
    (anna, first), _other = two
    letter = mail(anna)
    jobs.read_mail()
    task = tasks.hand_over(Task.objects.get(), seller)
    tray.file(letter, anna, by=seller, version=tray.version_of(letter))
    assert Task.objects.values().get() == values(task)
    assert told() == [(first.email, task.pk)]


def test_the_answer_moves_with_its_question_and_stays_whose_it_was(two, seller):
    (anna, first), (other, _second) = two
    letter = mail(anna)
    jobs.read_mail()
    notes.add(Note("crm.call", "Annan oma"), person=anna, by=seller)
    questions.answer(Task.objects.get(), "Voi.", by=first)
    tray.file(letter, other, by=seller, version=tray.version_of(letter))
    task = Task.objects.get()
    assert (task.person, task.assignee, task.done_by) == (other, first, first)
    assert Encounter.objects.get(kind="crm.answer").person == other
    assert Encounter.objects.get(kind="crm.call").person == anna
    assert len(told()) == 1


def test_set_aside_its_question_is_off_the_list(seller, anna):
    letter = mail(anna)
    jobs.read_mail()
    tray.set_aside(letter, by=seller, version=tray.version_of(letter))
    assert Task.objects.get().done_by == seller
    assert not Encounter.objects.exists()


def test_a_merge_waits_for_no_mail_that_waits_for_it(seller, anna):
    """People are locked before the mail, as they are before all that hangs on them."""
    letter = mail(factories.person())
    with CaptureQueriesContext(connection) as queries:
        tray.file(letter, anna, by=seller, version=tray.version_of(letter))
    locks = [each["sql"] for each in queries if "FOR" in each["sql"].rsplit(")", 1)[-1]]
    tables = [each.split("FROM")[1].split('"')[1] for each in locks]
    assert tables[:2] == ["consent_person", "mailing_inboundmail"]
