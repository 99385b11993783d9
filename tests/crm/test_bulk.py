"""The same done to many at once: looked over first, done once, all or none (C2.2)."""

import pytest

from accounts.roles import TABLE, Permission, Role
from consent import ledger
from crm import bulk, named_contacts, tasks
from crm.models import NamedContact, Organisation, Situation, Task
from tests import factories
from tests.crm.pages import ENGLISH, body, form_of, look_over, names, send, text
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LIST = "/staff/organisations/"
PEOPLE = "/staff/people/"
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


def test_as_many_others_are_not_those_who_were_looked_over(client, seller, three):
    page = look_over(client, action="task", all="1")
    Organisation.objects.filter(pk=three[0].pk).delete()
    factories.organisation("Toinen Oy")
    moved = send(client, {**form_of(page), **TASK})
    assert "The list has changed" in text(moved, 409)
    assert not Task.objects.exists()
    assert send(client, {**form_of(moved, status=409), **TASK}).status_code == 302
    assert Task.objects.filter(organisation__name="Toinen Oy").count() == 1


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


# --- the named contact ---------------------------------------------------------------------


@pytest.fixture
def coordinator(client, seller):
    user = factories.staff(factories.institution("tuni"), "coordinator", name="Kaisa Koski")
    client.force_login(user)
    return user


def answering():
    return list(
        NamedContact.objects.current()
        .order_by("organisation__name")
        .values_list("organisation__name", "user__name", "chosen", "by")
    )


def test_who_answers_is_chosen_for_each(client, seller, coordinator, three):
    named_contacts.name_by_hand(three[0], coordinator, by=coordinator)
    page = look_over(client, action="contact", chosen=[three[0].pk, three[2].pk])
    assert send(client, {**form_of(page), "user": seller.pk}).status_code == 302
    assert answering() == [(name, "Liisa Virtanen", "hand", coordinator.pk) for name in ("A", "C")]
    assert NamedContact.objects.get(until__isnull=False).user == coordinator


def test_who_may_not_manage_contacts_names_nobody(client, seller, coordinator, three):
    page = look_over(client, action="contact", chosen=three[0].pk)
    client.force_login(seller)
    assert "Choose the named contact" not in text(client.get(LIST, headers=ENGLISH))
    assert send(client, {**form_of(page), "user": seller.pk}).status_code == 404
    assert answering() == []


def test_who_cannot_answer_is_named_for_nobody(client, coordinator, three):
    page = look_over(client, action="contact", all="1")
    reader = factories.staff(None, "auditor")
    text(send(client, {**form_of(page), "user": reader.pk}), 422)
    assert answering() == []


def test_who_leaves_at_that_moment_is_named_for_nobody(client, seller, coordinator, three):
    name, left = named_contacts.name_by_hand, [1]

    def leaves_after_the_first(*args, **kwargs):
        if not left:
            seller.staff_roles.all().delete()
        left.clear()
        return name(*args, **kwargs)

    page = look_over(client, action="contact", all="1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(named_contacts, "name_by_hand", leaves_after_the_first)
        told = send(client, {**form_of(page), "user": seller.pk})
    assert "They have just left: choose somebody else." in text(told, 409)
    assert answering() == []
    again = {**form_of(told, status=409), "user": coordinator.pk}
    assert send(client, again).status_code == 302
    assert [each[:2] for each in answering()] == [(n, "Kaisa Koski") for n in "ABC"]


def test_nobody_is_named_for_whom_one_may_not_see(client, seller, coordinator):
    anna, salla = factories.contact(name="Anna A"), factories.contact(name="Salla S")
    ledger.restrict(salla, method="form")
    page = look_over(client, f"{PEOPLE}bulk/", action="contact", chosen=[anna.pk, salla.pk])
    assert "For this one Anna A" in text(page)
    send(client, {**form_of(page), "user": seller.pk}, f"{PEOPLE}bulk/")
    assert NamedContact.objects.get().person == anna


def test_a_list_that_has_changed_names_nobody(client, seller, coordinator, three):
    page = look_over(client, action="contact", chosen=[each.pk for each in three])
    three[0].delete()
    moved = send(client, {**form_of(page), "user": seller.pk})
    assert "The list has changed" in text(moved, 409)
    assert answering() == []


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
