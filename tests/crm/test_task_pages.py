"""Staff's tasks as pages: lists by whose they are, giving, changing on top of another's edit, one press (C2.2, E3.1)."""

import pytest
from lxml import html

from accounts.roles import TABLE, Permission, Role
from consent import ledger
from crm import notes, tasks, timeline
from crm.models import Encounter, Task
from crm.notes import Note
from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db

LIST = "/staff/tasks/"
NEW = f"{LIST}new/"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def tamk():
    return factories.institution("tamk")


@pytest.fixture
def me(client, tamk):
    user = factories.staff(tamk, "sales")
    client.force_login(user)
    return user


def text(response, status=200):
    assert response.status_code == status
    main = html.fromstring(response.content).find("body/main")
    return " ".join(main.text_content().split()).replace("\xa0", " ")


def get(client, url, **query):
    return client.get(url, query, headers={"accept-language": "en"})


def rows(client, **query):
    response = get(client, LIST, **query)
    assert response.status_code == 200
    found = html.fromstring(response.content).cssselect(".task-row__what")
    return [each.text_content().strip() for each in found]


def values(task):
    return Task.objects.values().get(pk=task.pk)


def url(task, rest=""):
    return f"{LIST}{task.pk}/{rest}"


# --- lists ------------------------------------------------------------------------------------------


@pytest.fixture
def three(me, tamk):
    """Mine, a colleague's, and one of another institution's."""
    colleague = factories.staff(tamk, "coordinator")
    other = factories.staff(factories.institution("tty"), "sales")
    for what, assignee, days in (("mine", me, 1), ("hers", colleague, 2), ("theirs", other, 3)):
        factories.task(what, assignee=assignee, due_at=NOW + days * DAY)


@pytest.mark.parametrize(
    ("whose", "found"),
    [
        ("mine", ["mine"]),
        ("institution", ["mine", "hers"]),
        ("all", ["mine", "hers", "theirs"]),
        ("", ["mine"]),
        ("nobody’s", ["mine"]),
    ],
)
def test_a_list_is_of_whose_they_are_by_the_day_they_are_due(client, three, whose, found):
    assert rows(client, whose=whose) == found


def test_who_sees_no_customers_sees_their_own_alone(client, three, tamk):
    trainer = factories.staff(tamk, "trainer")
    factories.task("own", assignee=trainer)
    client.force_login(trainer)
    for whose in ("mine", "institution", "all"):
        assert rows(client, whose=whose) == ["own"]


def test_the_done_are_another_list_the_last_first(client, me):
    for what, days in (("first", 2), ("last", 1)):
        factories.task(what, assignee=me, done_at=NOW - days * DAY)
    factories.task("open", assignee=me)
    assert rows(client, state="done") == ["last", "first"]
    assert rows(client) == ["open"]


@pytest.mark.parametrize("state", ["open", "done"])
def test_a_long_list_goes_on_where_the_page_before_ended(client, me, state):
    done = {"done_at": NOW} if state == "done" else {}
    made = [factories.task(f"{no:03}", assignee=me, **done) for no in range(120)]
    names = [each.what for each in made]
    found, after = [], ""
    for _page in range(3):
        page = html.fromstring(get(client, LIST, state=state, after=after).content)
        found += [each.text_content().strip() for each in page.cssselect(".task-row__what")]
        more = page.cssselect("main a[rel=next]")
        after = more[0].get("href").rpartition("after=")[2] if more else ""
    assert found == (names if state == "open" else names[::-1])
    assert after == ""


@pytest.mark.parametrize(
    "after", ["x", "1", "1-", "-1", "9" * 18 + "-1", "1-" + "9" * 19, "１-１", "9" * 4000]
)
def test_a_place_there_is_not_is_the_beginning(client, me, after):
    factories.task("mine", assignee=me)
    assert rows(client, after=after[:3000]) == ["mine"]


def test_an_empty_list_says_where_tasks_come_from(client, me):
    assert "You have promised nothing to anybody." in text(get(client, LIST))
    assert "There are no open tasks here." in text(get(client, LIST, whose="all"))
    assert "What is marked done shows here" in text(get(client, LIST, state="done"))


def test_the_list_asks_the_same_however_long_it_is(client, me, django_assert_num_queries):
    for _ in range(30):
        person = factories.person()
        factories.task(assignee=me, person=person, organisation=factories.organisation())
    rows(client)
    with django_assert_num_queries(LIST_QUERIES):
        rows(client)


LIST_QUERIES = 5


# --- who may do what -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *Role])
def test_every_role_does_what_the_table_gives(client, tamk, role):
    user = factories.staff(tamk, role) if role else factories.user()
    client.force_login(user)
    allowed = TABLE[role] if role else frozenset()
    task = factories.task(assignee=user)
    sees, does = Permission.USE_WORKBENCH in allowed, Permission.DO_TASKS in allowed
    assert client.get(LIST).status_code == (200 if sees else 403)
    assert client.get(url(task)).status_code == (200 if sees else 403)
    assert client.get(NEW).status_code == (200 if does else 403)
    for rest in ("", "done/", "reopen/", "later/"):
        before = values(task)
        refused = client.post(url(task, rest), {"version": "1"}).status_code == 403
        assert refused != does
        assert (values(task) == before) or does


def test_an_auditor_sees_everything_and_no_button(client, tamk):
    client.force_login(factories.staff(tamk, "auditor"))
    task = factories.task("Call")
    page = html.fromstring(get(client, url(task)).content)
    assert "Call" in page.findtext(".//h1")
    assert page.cssselect("main form") == []


@pytest.mark.parametrize("rest", ["", "done/", "reopen/", "later/"])
def test_anothers_task_is_not_found_by_who_sees_no_customers(client, tamk, rest):
    client.force_login(factories.staff(tamk, "trainer"))
    task = factories.task()
    before = values(task)
    assert client.post(url(task, rest), {"version": "1"}).status_code == 404
    assert client.get(url(task)).status_code == 404
    assert values(task) == before


@pytest.mark.parametrize("rest", ["", "new/", "1/", "1/done/"])
def test_a_visitor_is_asked_to_sign_in(client, rest):
    send = client.post if rest.endswith("done/") else client.get
    assert "/login/" in send(f"{LIST}{rest}").headers["Location"]


# --- giving ------------------------------------------------------------------------------------------


def give(client, query="", **fields):
    sent = {"what": "Call her", "due_on": "2026-11-25", "assignee": "", **fields}
    return client.post(NEW + query, sent, headers={"accept-language": "en"})


def test_a_task_is_given_for_the_end_of_the_day(client, me):
    assert give(client, assignee=me.pk).headers["Location"] == LIST
    task = Task.objects.get()
    assert (task.what, task.due_at, task.assignee) == (
        "Call her",
        tasks.end_of(TODAY + 2 * DAY),
        me,
    )
    assert (task.created_by, task.person, task.organisation) == (me, None, None)


def test_a_task_is_given_for_a_customer(client, me):
    person, company = factories.person(name="Anna Virtanen"), factories.organisation()
    assert "Anna Virtanen" in text(get(client, NEW, person=person.pk))
    give(client, f"?person={person.pk}")
    give(client, f"?organisation={company.pk}")
    found = Task.objects.order_by("pk").values_list("person", "organisation")
    assert list(found) == [(person.pk, None), (None, company.pk)]


@pytest.mark.parametrize(
    "query", ["?person=99999", "?organisation=99999", "?person=x", "?person=-1"]
)
def test_a_customer_there_is_not_is_404(client, me, query):
    assert give(client, query).status_code == 404
    assert not Task.objects.exists()


def test_who_sees_no_customers_gives_no_task_for_one(client, tamk):
    client.force_login(factories.staff(tamk, "trainer"))
    person = factories.person()
    assert give(client, f"?person={person.pk}").status_code == 404
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"what": ""}, "This field is required."),
        ({"what": "x" * 201}, "at most 200 characters"),
        ({"what": "a\0b"}, "Null characters are not allowed."),
        ({"due_on": "2026-11-22"}, "This day has gone."),
        ({"due_on": "9999-12-31"}, "This day is years away."),
        ({"due_on": "tomorrow"}, "Enter a valid date."),
        ({"assignee": "99999"}, "Select a valid choice."),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_told(client, me, wrong, said):
    answer = give(client, **wrong)
    if answer.status_code != 400:  # bytes that no form of ours sends are refused before the form
        assert said in text(answer, 422)
    assert not Task.objects.exists()


def test_only_colleagues_who_do_tasks_are_offered(client, me, tamk):
    colleague = factories.staff(tamk, "trainer")
    everywhere = factories.staff(None, "manager")
    for role, at in (("auditor", tamk), ("sales", factories.institution("tty"))):
        factories.staff(at, role)
    page = html.fromstring(get(client, NEW).content)
    offered = {each.get("value") for each in page.cssselect("[name=assignee] option")}
    assert {str(each.pk) for each in (me, colleague, everywhere)} <= offered
    assert len(offered) == 4  # and nobody in particular


# --- changing -------------------------------------------------------------------------------------------


def change(client, task, **fields):
    sent = {"what": "Mine", "due_on": "2026-11-24", "assignee": "", "version": "1", **fields}
    return client.post(url(task), sent, headers={"accept-language": "en"})


def test_a_change_is_saved(client, me):
    task = factories.task()
    assert change(client, task, assignee=me.pk).headers["Location"] == url(task)
    found = Task.objects.get()
    assert (found.what, found.assignee, found.version) == ("Mine", me, 2)
    assert found.due_at == tasks.end_of(TODAY + DAY)


def test_a_day_left_as_it_was_keeps_its_moment_even_when_past(client, me):
    task = factories.task(due_at=NOW - 2 * DAY)
    change(client, task, due_on="2026-11-21")
    assert values(task)["due_at"] == NOW - 2 * DAY


def test_who_saves_on_top_of_another_is_told_and_both_texts_are_there(client, me):
    task = factories.task()
    tasks.change(task, version=1, what="Theirs", due_at=NOW, assignee=None)
    before = values(task)
    answer = change(client, task)
    seen = text(answer, 409)
    assert "Somebody saved this task while you wrote" in seen
    assert "Theirs" in seen
    page = html.fromstring(answer.content)
    assert page.cssselect("[name=what]")[0].get("value") == "Mine"
    assert values(task) == before
    version = page.cssselect("main .form [name=version]")[0].get("value")
    assert change(client, task, version=version).status_code == 302
    assert values(task)["what"] == "Mine"


@pytest.mark.parametrize("version", ["", "0", "x", "-1", "99999999999999999999"])
def test_a_form_that_does_not_say_what_it_saw_changes_nothing(client, me, version):
    task = factories.task()
    before = values(task)
    assert change(client, task, version=version).status_code in {409, 422}
    assert values(task) == before


def test_a_questions_moment_is_not_in_the_form(client, me):
    question = factories.task("Is it online?", kind="question", due_at=NOW + DAY)
    assert "By which day?" not in text(get(client, url(question)))
    change(client, question, what="Is it online too?", due_on="2026-12-24", assignee=me.pk)
    assert (values(question)["due_at"], values(question)["assignee_id"]) == (NOW + DAY, me.pk)


def test_the_page_shows_what_the_task_came_of_to_who_may_read_it(client, me, tamk):
    said = timeline.record("crm.task_done", person=factories.person(name="Anna Virtanen"), what="x")
    Encounter.objects.update(text="She asked for a quote.")
    task = tasks.give("Send it", due_at=NOW, by=me, assignee=me, about=said)
    assert "She asked for a quote." in text(get(client, url(task)))
    Encounter.objects.update(visibility="sensitive")
    assert "She asked for a quote." not in text(get(client, url(task)))
    client.force_login(factories.staff(tamk, "coordinator"))
    assert "She asked for a quote." in text(get(client, url(task)))


def test_ones_own_sensitive_note_is_read_there_as_on_the_timeline(client, me, tamk):
    note = Note("crm.note", "She is ill.", visibility="sensitive", step=notes.Step("Call her"))
    notes.add(note, person=factories.person(), by=me)
    task = Task.objects.get()
    assert "She is ill." in text(get(client, url(task)))
    client.force_login(factories.staff(tamk, "sales"))
    assert "She is ill." not in text(get(client, url(task)))


def test_nothing_is_promised_to_whose_data_lie_still(client, me):
    person = factories.person()
    path = f"{NEW}?person={person.pk}"
    assert client.get(path).status_code == 200
    ledger.restrict(person, method="form")
    assert client.get(path).status_code == 404
    assert client.post(path, {"what": "Soita", "due": "2026-12-01"}).status_code == 404
    assert not Task.objects.exists()


def test_the_page_asks_a_fixed_number_of_times(client, me, django_assert_num_queries):
    task = factories.task(person=factories.person(), assignee=me, created_by=me)
    get(client, url(task))
    with django_assert_num_queries(PAGE_QUERIES):
        get(client, url(task))


PAGE_QUERIES = 8  # one of them writes the look down


def test_a_questions_row_leads_to_its_answer_and_is_not_done_with_one_press(client, me):
    question = factories.task("Is it online?", kind="question", assignee=me)
    step = factories.task("Call", assignee=me)
    page = html.fromstring(get(client, LIST).content)
    leads = {
        row.get("id"): (
            [link.get("href") for link in row.cssselect(".task-row__what a, a.button")],
            [form.get("action") for form in row.cssselect("form")],
        )
        for row in page.cssselect(".task-row")
    }
    answer = f"/staff/questions/{question.pk}/"
    assert leads == {
        f"task-{question.pk}": ([answer, answer], []),
        f"task-{step.pk}": ([url(step)], [url(step, "later/"), url(step, "done/")]),
    }


def test_the_row_of_an_answered_question_has_nothing_to_press(client, me):
    factories.task(kind="question", assignee=me, done_at=NOW)
    page = html.fromstring(get(client, LIST, state="done").content)
    assert page.cssselect(".task-row__do a, .task-row__do button") == []


# --- one press ---------------------------------------------------------------------------------------------


def press(client, task, rest="done/", *, htmx=False, version=1, **sent):
    headers = {"accept-language": "en", **({"hx-request": "true"} if htmx else {})}
    return client.post(url(task, rest), {"version": version, **sent}, headers=headers)


def test_done_goes_back_to_the_page_it_was_pressed_on(client, me):
    task = factories.task(assignee=me)
    answer = client.post(
        url(task, "done/"),
        {"version": "1"},
        headers={"referer": "http://testserver/staff/tasks/?whose=all"},
    )
    assert answer.headers["Location"] == "http://testserver/staff/tasks/?whose=all"
    assert values(task)["done_by_id"] == me.pk


@pytest.mark.parametrize("referer", ["https://evil.example/", "//evil.example", "", "javascript:x"])
def test_it_never_leads_elsewhere(client, me, referer):
    answer = client.post(
        url(factories.task(), "done/"), {"version": "1"}, headers={"referer": referer}
    )
    assert answer.headers["Location"] == LIST


def test_htmx_gets_the_row_with_the_way_back_and_what_happened(client, me):
    answer = press(client, factories.task("Call", assignee=me), htmx=True)
    part = html.fragment_fromstring(answer.content.decode(), create_parent=True)
    (row,) = part.cssselect("li.task-row--done")
    assert row.cssselect("button[autofocus]")[0].text_content().split() == ["Undo", "Call"]
    assert part.cssselect("#status")[0].text_content() == "Done: Call"
    assert "HX-Request" in answer.headers["Vary"]


def test_undone_the_row_is_as_before(client, me):
    task = factories.task("Call", assignee=me)
    press(client, task)
    answer = press(client, task, "reopen/", htmx=True)
    assert "task-row--done" not in answer.content.decode()
    assert "To do again: Call" in answer.content.decode()
    assert values(task)["done_at"] is None


@pytest.mark.parametrize(("by", "days"), [("day", 1), ("week", 7), ("year", 1), ("", 1)])
def test_put_off_it_is_due_at_the_end_of_a_day_from_today_on(client, me, by, days):
    task = factories.task(due_at=NOW - 5 * DAY)
    press(client, task, "later/", by=by)
    assert values(task)["due_at"] == tasks.end_of(TODAY + days * DAY)


def test_a_question_is_not_put_off(client, me):
    question = factories.task(kind="question")
    before = values(question)
    answer = press(client, question, "later/", htmx=True)
    assert "waits for the answer by then" in answer.content.decode()
    assert values(question) == before


@pytest.mark.parametrize("rest", ["done/", "later/"])
@pytest.mark.parametrize("htmx", [True, False])
def test_a_press_on_an_old_row_does_nothing_and_says_so(client, me, rest, htmx):
    task = factories.task(assignee=me)
    tasks.hand_over(task, None)
    before = values(task)
    answer = press(client, task, rest, htmx=htmx)
    seen = answer.content.decode() if htmx else text(get(client, LIST))
    assert "Somebody has just changed this task" in seen
    assert values(task) == before


def test_a_double_press_is_one(client, me):
    task = factories.task(assignee=me, person=factories.person())
    for _ in range(2):
        assert press(client, task).status_code == 302
    assert Encounter.objects.count() == 1


@pytest.mark.parametrize("rest", ["done/", "reopen/", "later/"])
def test_looking_changes_nothing(client, me, rest):
    task = factories.task()
    before = values(task)
    assert client.get(url(task, rest)).status_code == 405
    assert values(task) == before
