"""The same done to many at once: looked over first, done once, all or none (C2.2)."""

import pytest

from accounts.roles import TABLE, Permission, Role
from consent import ledger
from crm import bulk, tasks
from crm.models import Organisation, Situation, Task
from tests import factories
from tests.crm.pages import body, form_of, names, text
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LIST = "/staff/organisations/"
BULK = f"{LIST}bulk/"
PEOPLE = "/staff/people/"
ENGLISH = {"accept-language": "en"}
TASK = {"what": "Soita", "due_on": "2026-12-01"}


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def seller(client):
    user = factories.staff(factories.institution("tamk"), "sales")
    client.force_login(user)
    return user


@pytest.fixture
def three():
    return [
        Organisation.objects.create(name=name, size=size)
        for name, size in (("A", "micro"), ("B", "micro"), ("C", "large"))
    ]


def send(client, values, path=BULK):
    return client.post(path, values, headers=ENGLISH)


def look_over(client, path=BULK, **values):
    return send(client, {"action": "task", **values}, path)


def press(client, page, **typed):
    return send(client, {**form_of(page), **TASK, **typed})


def given():
    return list(
        Task.objects.order_by("organisation__name").values_list("organisation__name", flat=True)
    )


# --- looking over --------------------------------------------------------------------------


def test_before_anything_happens_one_sees_to_whom(client, seller, three):
    page = look_over(client, chosen=[three[0].pk, three[2].pk])
    assert "For these 2 A C" in text(page)
    assert not Task.objects.exists()


def test_all_of_a_list_are_those_under_its_filters(client, seller, three):
    page = look_over(client, all="1", query="size=micro&sort=-name")
    assert "For these 2 A B" in text(page)


def test_no_more_names_are_shown_than_can_be_read(client, seller):
    for number in range(25):
        factories.organisation(f"Yhtiö {number:02}")
    shown = text(look_over(client, all="1"))
    assert "For these 25" in shown
    assert "Yhtiö 19 and 5 more" in shown
    assert "Yhtiö 20" not in shown


@pytest.mark.parametrize(
    "values", [{}, {"chosen": "999"}, {"chosen": "x"}, {"all": "1", "query": "size=huge"}], ids=str
)
def test_nobody_chosen_is_said(client, seller, three, values):
    assert "Nobody is ticked" in text(look_over(client, **values), 422)


@pytest.mark.parametrize("values", [{"action": "erase"}, {"action": ""}, {"token": "x"}], ids=str)
def test_no_other_deed_is_there(client, seller, three, values):
    assert look_over(client, **{"chosen": three[0].pk, **values}).status_code == 404


# --- doing ---------------------------------------------------------------------------------


def test_a_task_is_given_for_each(client, seller, three):
    page = look_over(client, chosen=[three[0].pk, three[2].pk], query="size=micro")
    answer = press(client, page)
    assert answer.headers["Location"] == f"{LIST}?size=micro"
    assert given() == ["A", "C"]
    task = Task.objects.first()
    assert (task.what, task.due_at, task.assignee, task.created_by) == (
        "Soita",
        tasks.end_of(task.due_at.date()),
        seller,
        seller,
    )


def test_a_situation_is_noted_of_each(client, seller, three):
    page = look_over(client, action="situation", all="1")
    values = {"kind": "need", "text": "Tekoäly", "since": "2026-11-01"}
    assert send(client, {**form_of(page), **values}).status_code == 302
    noted = Situation.objects.values_list("organisation__name", "text", "by")
    assert sorted(noted) == [(each.name, "Tekoäly", seller.pk) for each in three]


def test_people_too_and_none_whose_data_is_only_stored(client, seller):
    anna, salla = factories.contact(name="Anna A"), factories.contact(name="Salla S")
    page = look_over(client, f"{PEOPLE}bulk/", chosen=[anna.pk, salla.pk])
    ledger.restrict(salla, method="form")
    moved = send(client, {**form_of(page), **TASK}, f"{PEOPLE}bulk/")
    assert "The list has changed" in text(moved, 409)
    assert not Task.objects.exists()
    again = {**form_of(moved, status=409), **TASK}
    assert send(client, again, f"{PEOPLE}bulk/").status_code == 302
    assert Task.objects.get().person == anna


def test_a_press_twice_does_it_once(client, seller, three):
    page = look_over(client, chosen=three[0].pk)
    for _ in range(2):
        press(client, page)
    assert given() == ["A"]
    assert "This was done already" in text(client.get(LIST, headers=ENGLISH))


def test_without_its_number_a_press_would_do_it_twice(client, seller, three, monkeypatch):
    monkeypatch.setattr(bulk, "once", lambda _token, do: do())
    page = look_over(client, chosen=three[0].pk)
    for _ in range(2):
        press(client, page)
    assert given() == ["A", "A"]


def test_what_failed_may_be_pressed_again(client, seller, three, monkeypatch):
    page = look_over(client, chosen=three[0].pk)
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "give", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            press(client, page)
    press(client, page)
    assert given() == ["A"]


def test_all_or_none(seller, three, monkeypatch):
    give, left = tasks.give, [1, 1]

    def breaks_at_the_third(*args, **kwargs):
        left.pop()
        return give(*args, **kwargs)

    monkeypatch.setattr(tasks, "give", breaks_at_the_third)
    with pytest.raises(IndexError):
        bulk.give_task(three, "Soita", due_on=NOW.date(), assignee=None, by=seller)
    assert given() == []


def test_a_list_that_has_changed_is_looked_over_again(client, seller, three):
    page = look_over(client, all="1", query="size=micro")
    factories.organisation("D")
    Organisation.objects.filter(name="D").update(size="micro")
    moved = press(client, page)
    assert "For these 3 A B D" in text(moved, 409)
    assert given() == []
    assert press_again(client, moved).status_code == 302
    assert given() == ["A", "B", "D"]


def press_again(client, page):
    return send(client, {**form_of(page, status=409), **TASK})


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": ""},
        {"what": "x" * 201},
        {"due_on": ""},
        {"due_on": "2026-11-22"},
        {"assignee": "9"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_nothing_is_done(client, seller, three, wrong):
    page = look_over(client, chosen=three[0].pk)
    text(press(client, page, **wrong), 422)
    assert given() == []


def test_more_than_can_be_looked_over_are_refused(client, seller, three, monkeypatch):
    page = look_over(client, all="1")
    monkeypatch.setattr(bulk, "MOST", 2)
    assert "At most 2 can be done at once" in text(press(client, page), 422)
    with pytest.raises(bulk.TooManyError):
        bulk.give_task(three, "Soita", due_on=NOW.date(), assignee=None, by=seller)
    assert given() == []


# --- who may -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *Role])
def test_every_role_does_what_the_table_gives(client, role, three):
    client.force_login(factories.staff(None, role) if role else factories.user())
    allowed = TABLE[role] if role else frozenset()
    may = {Permission.EDIT_CUSTOMERS, Permission.DO_TASKS} <= allowed
    assert look_over(client, chosen=three[0].pk).status_code == (200 if may else 403)


def test_without_scripts_the_list_sends_what_is_ticked(client, seller, three):
    page = client.get(LIST, {"size": "micro"}, headers=ENGLISH)
    assert names(page) == ["A", "B"]
    form = form_of(page, "/bulk/")
    assert form["query"] == "size=micro"
    ticks = body(page).xpath("//input[@name='chosen']/@value")
    looked = send(client, {**form, "action": "task", "chosen": ticks})
    assert "For these 2 A B" in text(looked)
