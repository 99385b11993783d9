"""Asking on the site, by anybody and without JavaScript; answering on the staff pages (C5.2)."""

from datetime import timedelta

import pytest
from django.test import Client
from lxml import html

from accounts.models import User
from crm import questions
from crm.models import Encounter, Task
from mailing.models import Delivery
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ASK = "/en/ask/"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def aino():
    return factories.staff(None, "coordinator", "aino@example.org", name="Aino Mäkelä")


@pytest.fixture
def course(aino):
    return factories.course("Tekoäly", slug="tekoaly", contact=aino)


def form_of(response):
    (form,) = html.fromstring(response.content).cssselect("form.ask-form")
    return {
        field.get("name"): field.get("value") or ""
        for field in form.cssselect("input")
        if field.get("name") != "csrfmiddlewaretoken"
    }


def send(client, set_clock, path=ASK, seconds=10, **typed):
    """Open the page, write for a while, send."""
    set_clock(NOW)
    fields = form_of(client.get(path))
    set_clock(NOW + timedelta(seconds=seconds))
    return client.post(ASK, {**fields, **typed})


WORDS = {"text": "Voiko tulla illalla?", "name": "Anna", "email": "anna@example.org"}


def text(response):
    page = html.fromstring(response.content)
    return " ".join(page.cssselect("main")[0].text_content().split())


# --- asking -----------------------------------------------------------------------------


def test_a_visitor_asks_from_the_course_page(client, set_clock, course, aino):
    response = send(client, set_clock, "/en/courses/tekoaly/", **WORDS)
    assert (response.status_code, response.url) == (302, "/en/ask/sent/?course=tekoaly")
    task = Task.objects.get()
    assert (task.assignee, task.encounter.data["title"]) == (aino, "Tekoäly")
    assert "by Tue 24 Nov 2026 at 16:00 at the latest" in text(client.get(response.url))


def test_the_page_tells_the_promise_that_was_given_however_late_it_is_opened(
    client, set_clock, course
):
    sent = send(client, set_clock, **WORDS).url
    set_clock(NOW + timedelta(days=3))
    assert "by Tue 24 Nov 2026 at 16:00 at the latest" in text(client.get(sent))


def test_who_has_asked_nothing_is_promised_nothing(client, set_clock, course):
    send(client, set_clock, **WORDS)
    other = Client()
    answer = other.get("/en/ask/sent/?course=tekoaly")
    assert (answer.status_code, answer.url) == (302, "/en/ask/?course=tekoaly")
    Task.objects.all().delete()
    assert client.get("/en/ask/sent/").url == "/en/ask/"


def test_who_is_signed_in_writes_the_question_only(client, set_clock, aino):
    learner = factories.user("liisa@example.org")
    client.force_login(learner)
    response = send(client, set_clock, "/en/me/", text="Voiko tulla illalla?")
    assert response.status_code == 302
    question = Encounter.objects.get(kind="crm.question")
    assert (question.person, question.data["proven"]) == (learner.person, 1)


def test_the_answer_is_the_same_for_a_known_address_and_an_unknown_one(client, set_clock, course):
    factories.person("known@example.org")
    answers = [
        send(client, set_clock, **{**WORDS, "email": email})
        for email in ("known@example.org", "unknown@example.org")
    ]
    assert len({(each.status_code, each.url) for each in answers}) == 1


@pytest.mark.parametrize("missing", ["text", "email"])
def test_what_is_missing_is_named_and_what_was_written_stays(client, set_clock, missing):
    response = send(client, set_clock, **{**WORDS, missing: ""})
    assert response.status_code == 422
    kept = "anna@example.org" if missing == "text" else "Voiko tulla illalla?"
    assert kept in response.content.decode()
    assert not Task.objects.exists()


@pytest.mark.parametrize("seconds", [1, 2 * 86_400])
def test_too_quick_or_too_old_is_sent_once_more_with_the_words_kept(client, set_clock, seconds):
    response = send(client, set_clock, seconds=seconds, **WORDS)
    assert response.status_code == 422
    assert "Voiko tulla illalla?" in response.content.decode()
    assert not Task.objects.exists()
    set_clock(NOW + timedelta(seconds=seconds + 10))
    assert client.post(ASK, {**form_of(response), **WORDS}).status_code == 302
    assert Task.objects.count() == 1


@pytest.mark.parametrize("begun", ["", "ask:1:forged", "x" * 90])
def test_a_stamp_that_is_not_ours_is_refused(client, begun):
    assert client.post(ASK, {**WORDS, "begun": begun}).status_code == 422
    assert not Task.objects.exists()


def test_a_program_that_fills_in_everything_is_thanked_and_ignored(client, set_clock):
    response = send(client, set_clock, website="https://spam.example/", **WORDS)
    assert (response.status_code, response.url) == (302, "/en/ask/sent/")
    assert not Task.objects.exists()
    assert not Delivery.objects.exists()


def test_a_name_with_a_line_break_is_refused(client, set_clock):
    response = send(client, set_clock, **{**WORDS, "name": "Anna\r\nBcc: x@example.org"})
    assert response.status_code == 422


@pytest.mark.parametrize("words", ["\0", "x" * 5_001, "x" * 1_000_000])
def test_what_no_question_is_is_refused(client, set_clock, words):
    assert send(client, set_clock, **{**WORDS, "text": words}).status_code in {400, 422}
    assert not Task.objects.exists()


def test_one_address_asks_five_times_a_day(client, set_clock):
    statuses = [send(client, set_clock, **WORDS).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429]
    assert Task.objects.count() == 5


def test_a_course_that_nobody_may_see_is_not_told_of(client, course):
    course.published_at = None
    course.save()
    response = client.get(ASK, {"course": "tekoaly"})
    assert response.status_code == 200
    assert "Tekoäly" not in text(response)


@pytest.mark.parametrize("slug", ["teko\0aly", "' OR 1=1 --", "x" * 5_000])
def test_what_is_no_courses_address_is_refused(client, set_clock, course, slug):
    assert send(client, set_clock, course=slug, **WORDS).status_code == 422
    assert not Task.objects.exists()


def test_every_members_page_names_the_contact(client, aino):
    learner = factories.user("liisa@example.org")
    factories.organisation("Konepaja Oy", learner.person)
    from crm import named_contacts

    named_contacts.settle_missing()
    client.force_login(learner)
    for path in ("/en/", "/en/me/", "/en/me/details/", "/en/me/preferences/"):
        page = html.fromstring(client.get(path).content)
        names = [" ".join(each.text_content().split()) for each in page.cssselect(".person__name")]
        assert names == ["Aino Mäkelä"], path
    aino.picture = "staff/aino.jpg"
    aino.save()
    page = html.fromstring(client.get("/en/me/").content)
    assert page.cssselect(".person img")[0].get("src") == "/media/staff/aino.jpg"
    assert "Ask now, and you have an answer by Tue 24 Nov at 16:00." in text(client.get("/en/me/"))


# --- answering ----------------------------------------------------------------------------


@pytest.fixture
def task(aino):
    asker = questions.visitor("anna@example.org", name="Anna", language="fi")
    return questions.ask(asker, "Voiko tulla <b>illalla</b>?", to=aino)


def url(task, ending=""):
    return f"/staff/questions/{task.pk}/{ending}"


def test_the_open_ones_come_most_urgent_first(client, aino, task):
    later = Task.objects.create(
        kind="question", what="Myöhempi", person=task.person, due_at=NOW + timedelta(days=9)
    )
    sooner = Task.objects.create(
        kind="question", what="Myöhässä", person=task.person, due_at=NOW - timedelta(days=9)
    )
    client.force_login(aino)
    page = html.fromstring(client.get("/staff/questions/").content)
    links = [each.get("href") for each in page.cssselect(".question__what a")]
    assert links == [url(sooner), url(task), url(later)]
    assert len(page.cssselect(".question--late")) == 1
    mine = html.fromstring(client.get("/staff/questions/?whose=mine").content)
    assert [each.get("href") for each in mine.cssselect(".question__what a")] == [url(task)]


def test_lists_cost_the_same_with_more_questions(client, aino, task, django_assert_num_queries):
    client.force_login(aino)
    client.get("/staff/questions/")
    for number in (1, 20):
        Task.objects.bulk_create(
            Task(kind="question", what="?", person=task.person, due_at=NOW, assignee=aino)
            for _ in range(number)
        )
        with django_assert_num_queries(6):
            client.get("/staff/questions/")


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 12])
def test_a_page_that_is_none_is_the_nearest(client, aino, task, page):
    client.force_login(aino)
    assert client.get("/staff/questions/", {"page": page}).status_code == 200


def test_answering_mails_it_and_ends_the_task(client, aino, task):
    client.force_login(aino)
    assert "<b>illalla" not in client.get(url(task)).content.decode()
    assert client.post(url(task), {"text": "Voi."}).status_code == 302
    task.refresh_from_db()
    assert task.done_by == aino
    assert Delivery.objects.filter(message__template="crm/answer").count() == 1


def test_an_empty_answer_is_refused(client, aino, task):
    client.force_login(aino)
    assert client.post(url(task), {"text": " "}).status_code == 422
    assert Task.objects.open().count() == 1


def test_who_comes_second_is_told_and_loses_no_word(client, aino, task):
    bo = factories.staff(None, "coordinator", name="Bo Öst")
    questions.answer(task, "Voi.", by=bo)
    client.force_login(aino)
    response = client.post(url(task), {"text": "Pitkä vastaukseni."})
    assert response.status_code == 409
    page = response.content.decode()
    assert "Bo Öst" in page
    assert "Pitkä vastaukseni." in page
    assert Delivery.objects.filter(message__template="crm/answer").count() == 1
    client.post(url(task), {"text": "Pitkä vastaukseni.", "further": "yes"})
    assert Delivery.objects.filter(message__template="crm/answer").count() == 2


def test_answered_by_phone(client, aino, task):
    client.force_login(aino)
    assert client.post(url(task, "phone/"), {"note": "Sovittu."}).status_code == 302
    assert Encounter.objects.get(kind="crm.answer").channel == "phone"
    assert client.post(url(task, "phone/"), {"note": "Uudelleen."}).status_code == 409


def test_answered_elsewhere_it_goes_off_the_list_and_sends_nothing(client, aino, task):
    client.force_login(aino)
    page = html.fromstring(client.get(url(task)).content)
    (form,) = page.cssselect(f"form[action='/staff/tasks/{task.pk}/done/']")
    version = form.cssselect("[name=version]")[0].get("value")
    mails = Delivery.objects.count()
    assert client.post(form.get("action"), {"version": version}).status_code == 302
    task.refresh_from_db()
    assert (task.done_by, Delivery.objects.count()) == (aino, mails)


def test_taking_it(client, task):
    bo = factories.staff(None, "sales", name="Bo Öst")
    client.force_login(bo)
    assert client.post(url(task, "take/")).status_code == 302
    task.refresh_from_db()
    assert task.assignee == bo


def test_a_trainer_sees_and_answers_ones_own_only(client, task):
    trainer = factories.staff(None, "trainer")
    client.force_login(trainer)
    assert client.get(url(task)).status_code == 404
    assert "illalla" not in client.get("/staff/questions/").content.decode()
    assert client.post(url(task), {"text": "Voi."}).status_code == 404
    Task.objects.update(assignee=trainer)
    assert client.get(url(task)).status_code == 200
    assert client.post(url(task), {"text": "Voi."}).status_code == 302


def test_an_auditor_reads_and_answers_nothing(client, task):
    client.force_login(factories.staff(None, "auditor"))
    page = client.get(url(task))
    assert page.status_code == 200
    assert not html.fromstring(page.content).cssselect("main form")
    for ending in ("", "phone/", "take/"):
        assert client.post(url(task, ending), {"text": "Voi.", "note": "Voi."}).status_code == 403
    assert Task.objects.open().count() == 1


def test_members_and_visitors_see_none_of_it(client, task):
    assert client.get(url(task)).status_code == 302
    client.force_login(User.objects.get(email=factories.user().email))
    assert client.get(url(task)).status_code == 403
