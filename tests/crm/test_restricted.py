"""Of whoever has had the processing restricted staff write nothing, and what they ask is answered (GDPR Art. 18)."""

import pytest

from consent import ledger
from consent.models import Person
from consent.restriction import RestrictedError
from crm import (
    absences,
    affiliations,
    attachments,
    contacts,
    jobs,
    notes,
    questions,
    situations,
    tasks,
    tray,
    watching,
)
from crm.affiliations import Part
from crm.attachments import Checked
from crm.contacts import Card, KnownError
from crm.models import (
    Affiliation,
    Attachment,
    ContactPerson,
    ContactPhone,
    Encounter,
    Filing,
    NamedContact,
    Situation,
    Task,
)
from crm.notes import Note
from crm.situations import Words
from mailing.models import InboundMail, Message
from portal import today
from tests import factories
from tests.crm.conftest import ENGLISH, page_of, words
from tests.crm.test_tray import mail
from tests.factories import DAY, NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

WORDS = Words(kind="need", text="Tekoäly", since=TODAY)
FILE = Checked("a.txt", "txt", b"x")


@pytest.fixture
def manager(tamk):
    """Who handles such people."""
    return factories.staff(tamk, "manager", "esimies@example.org")


@pytest.fixture
def anna(manager):
    """With a card, a phone, a role, a note with a file, and a situation; then restricted."""
    made = factories.contact("anna@konepaja.fi", factories.organisation(), name="Anna Virtanen")
    contacts.add_phone(ContactPerson.objects.get(), "+358401234567", "mobile")
    note = notes.add(Note("crm.note", "Kertoi lapsistaan", files=(FILE,)), person=made, by=manager)
    situations.note(WORDS, person=made, by=manager)
    assert note.attachments.count() == 1
    ledger.restrict(made, method="form")
    return made


def letter():
    return mail(None, "Hei", sender="outo@example.org")


# each as who may see such people would do it
VERBS = {
    "add a note": lambda person, by: notes.add(Note("crm.note", "x"), person=person, by=by),
    "edit a note": lambda _person, _by: notes.edit(
        Encounter.objects.get(kind="crm.note"), version=1, text="x", visibility="staff"
    ),
    "attach a file": lambda _person, by: attachments.attach(
        FILE, Encounter.objects.get(kind="crm.note"), by=by
    ),
    "delete a file": lambda _person, _by: attachments.detach(Attachment.objects.get()),
    "note a situation": lambda person, by: situations.note(WORDS, person=person, by=by),
    "change a situation": lambda _person, _by: situations.change(
        Situation.objects.get(), WORDS, version=situations.version_of(Situation.objects.get())
    ),
    "begin a role": lambda person, by: affiliations.begin(
        person, factories.organisation("Toinen Oy"), Part(), by=by
    ),
    "change a role": lambda _person, by: affiliations.change(
        Affiliation.objects.get(),
        Part(title="x"),
        version=affiliations.version_of(Affiliation.objects.get()),
        by=by,
    ),
    "end a role": lambda _person, by: affiliations.end(Affiliation.objects.get(), by=by),
    "change the card": lambda _person, by: contacts.change(
        ContactPerson.objects.get(),
        Card(name="x"),
        version=contacts.version_of(ContactPerson.objects.get()),
        by=by,
    ),
    "change the address": lambda _person, by: contacts.change_address(
        ContactPerson.objects.get(), "x@example.org", by=by
    ),
    "add a phone": lambda _person, _by: contacts.add_phone(
        ContactPerson.objects.get(), "+358409999999", "mobile"
    ),
    "remove a phone": lambda _person, _by: contacts.remove_phone(ContactPhone.objects.get()),
    "give a step": lambda person, by: tasks.give("x", due_at=NOW, by=by, about=person),
    "file a mail": lambda person, by: tray.file(
        unfiled := letter(), person, by=by, version=tray.version_of(unfiled)
    ),
}
WRITTEN = (
    *(Encounter, Attachment, Situation, Affiliation, Person, ContactPerson, ContactPhone),
    *(Task, Filing),
)


def everything():
    return {model: list(model.objects.order_by("pk").values()) for model in WRITTEN}


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_written_even_by_who_handles_such_people(anna, manager, verb):
    before = everything()
    with pytest.raises(RestrictedError):
        VERBS[verb](anna, manager)
    assert everything() == before
    assert not InboundMail.objects.filter(person=anna).exists()


@pytest.mark.parametrize("verb", VERBS)
def test_control_when_the_restriction_ends_it_is(anna, manager, verb):
    ledger.release(anna, method="form")
    VERBS[verb](anna, manager)


def test_nobody_makes_a_card_of_them(manager):
    liisa = factories.person("liisa@example.org")
    ledger.restrict(liisa, method="form")
    with pytest.raises(KnownError):
        contacts.create("liisa@example.org", Card(name="Liisa"), by=manager)
    assert not ContactPerson.objects.exists()


def test_who_tries_is_told_that_nothing_was_written(client, anna, manager):
    client.force_login(manager)
    note = Encounter.objects.get(kind="crm.note")
    answer = client.post(
        f"/staff/notes/{note.pk}/",
        {"text": "Uusi", "visibility": "", "version": 1},
        headers=ENGLISH,
    )
    assert "Nothing was saved." in words(answer, 409)
    note.refresh_from_db()
    assert note.text == "Kertoi lapsistaan"


def test_who_may_not_see_them_does_not_reach_the_form(client, seller, anna):
    note = Encounter.objects.get(kind="crm.note")
    form = {"text": "Uusi", "visibility": "", "version": 1}
    assert client.post(f"/staff/notes/{note.pk}/", form).status_code == 404
    note.refresh_from_db()
    assert note.text == "Kertoi lapsistaan"


def test_found_by_their_address_they_are_said_to_be_restricted(client, seller, manager, anna):
    found = client.post("/staff/people/", {"address": "anna@konepaja.fi"})
    assert found.headers["Location"] == page_of(anna)
    client.force_login(manager)
    found = client.post("/staff/people/", {"address": "anna@konepaja.fi"})
    assert found.headers["Location"] == f"{page_of(anna)}permission/"


# --- what they ask ----------------------------------------------------------------------------


def ask(to):
    asker = questions.visitor("anna@konepaja.fi", name="", language="fi")
    return questions.ask(asker, "Voiko perua?", to=to)


@pytest.fixture
def asked(seller):
    """A question of the seller's, whose asker then had the processing restricted."""
    task = ask(seller)
    ledger.restrict(task.person, method="form")
    return task


def seen(client, user, task):
    """Whether it is in the list of questions, on the first page, and has its two pages."""
    client.force_login(user)
    listed = "Voiko perua?" in words(client.get("/staff/questions/"))
    first = task in today.of(user, NOW).questions
    pages = [client.get(f"/staff/{kind}/{task.pk}/").status_code for kind in ("questions", "tasks")]
    return listed, first, *pages


def test_a_question_is_seen_by_who_may_see_the_asker(client, seller, manager, asked):
    assert seen(client, seller, asked) == (False, False, 404, 404)
    assert seen(client, manager, asked) == (True, True, 200, 200)
    ledger.release(asked.person, method="form")
    assert seen(client, seller, asked) == (True, True, 200, 200)
    assert seen(client, manager, asked) == (True, False, 200, 200)


def test_and_answered_by_them(client, manager, asked):
    client.force_login(manager)
    answer = client.post(f"/staff/questions/{asked.pk}/", {"text": "Voi."})
    asked.refresh_from_db()
    assert (answer.status_code, asked.done_by) == (302, manager)


def test_a_new_one_is_given_to_who_may_see_the_asker_and_to_nobody_else(seller, manager):
    ledger.restrict(factories.person("anna@konepaja.fi"), method="form")
    assert ask(manager).assignee == manager
    before = Message.objects.count()
    task = ask(seller)
    assert (task.assignee, Message.objects.count() - before) == (None, 1)  # the asker's own copy
    assert task in today.of(manager, NOW).questions


def test_nor_does_the_tray_give_a_mails_question_to_others(seller):
    anna = factories.person("anna@konepaja.fi")
    NamedContact.objects.create(person=anna, user=seller, chosen="rule")
    ledger.restrict(anna, method="form")
    mail(anna, "Hei! Paljonko kurssi maksaa?")
    assert jobs.read_mail() == 1
    assert Task.objects.get().assignee is None


def test_a_late_one_passes_to_a_manager_and_whose_it_was_hears_nothing(asked, manager, set_clock):
    before = set(Message.objects.values_list("pk", flat=True))
    set_clock(NOW + 3 * DAY)
    assert watching.watch()["late"] == 1
    asked.refresh_from_db()
    told = Message.objects.exclude(pk__in=before)
    assert asked.assignee == manager
    assert [each.context["why"] for each in told] == ["late"]


def test_nor_is_it_passed_to_a_deputy_who_may_not_see_the_asker(asked, seller, tamk):
    deputy = factories.staff(tamk, "sales")
    absences.mark(seller, TODAY, TODAY + 5 * DAY, deputy)
    assert watching.watch()["away"] == 0
    asked.refresh_from_db()
    assert asked.assignee == seller
