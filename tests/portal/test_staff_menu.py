"""The workbench's menu and keys: what a role may open, grouped, where one is, and keys one can switch off (E3.1)."""

import pytest
from lxml import html

from accounts.roles import TABLE, Permission, Role
from portal import menu
from portal.menu import Group, Item
from tests import factories

pytestmark = pytest.mark.django_db

KEYS = "/staff/keys/"


@pytest.fixture
def tamk():
    return factories.institution("tamk")


@pytest.fixture
def manager(client, tamk):
    client.force_login(factories.staff(tamk, "manager"))
    return client


def see(client, url="/staff/", status=200):
    response = client.get(url, headers={"accept-language": "en"})
    assert response.status_code == status
    return html.fromstring(response.content)


def links(page):
    return [each.get("href") for each in page.cssselect(".staff-menu a")]


# --- what is in it ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_a_role_sees_what_it_may_open_and_nothing_else(client, tamk, role):
    client.force_login(factories.staff(tamk, role))
    allowed = [each.url for each in menu.STAFF if each.permission in TABLE[role]]
    shown = links(see(client))
    assert sorted(shown) == sorted(allowed)
    for url in shown:
        assert client.get(url).status_code == 200


def test_a_trainer_sees_no_people(client, tamk):
    client.force_login(factories.staff(tamk, "trainer"))
    assert "/staff/people/" not in links(see(client))


ONE, TWO = Group("One"), Group("Two")
A, B, C, D = (
    Item("a", "a"),
    Item("b", "b", group=ONE),
    Item("c", "c", group=TWO),
    Item("d", "d", group=ONE),
)


def test_the_items_of_a_group_stand_together_where_the_first_does():
    places = menu.places([A, B, C, D])
    assert [(place.label, place.items) for place in places] == [
        ("a", [A]),
        ("One", [B, D]),
        ("Two", [C]),
    ]


def test_a_group_of_one_needs_no_unfolding():
    assert [place.alone for place in menu.places([A, B, C, D])] == [A, None, C]


# --- where one is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/staff/", "site:staff"),
        ("/staff/tasks/", "site:staff_tasks"),
        ("/staff/tasks/7/", "site:staff_tasks"),
        ("/staff/mail/deliveries/", "site:staff_mail"),
        ("/staff/mail/templates/crm/answer/", "site:staff_templates"),
        ("/staff/nowhere/", None),
    ],
)
def test_the_nearest_item_above_is_where_one_is(path, name):
    found = menu.here(menu.STAFF, path)
    assert (found.name if found else None) == name


def test_the_present_place_is_marked_and_its_group_is_open(manager):
    page = see(manager, "/staff/mail/templates/")
    assert [each.get("href") for each in page.cssselect(".staff-menu [aria-current=page]")] == [
        "/staff/mail/templates/"
    ]
    (opened,) = page.cssselect(".staff-menu details[open] summary")
    assert opened.text_content() == "Mail"


def test_a_page_below_is_within_its_place(manager):
    page = see(manager, "/staff/tasks/new/")
    (here,) = page.cssselect(".staff-menu [aria-current=true]")
    assert here.get("href") == "/staff/tasks/"


def test_the_bar_stands_before_the_content_and_is_passed_by_the_skip_link(manager):
    page = see(manager)
    (main,) = page.cssselect("main#content")
    assert main.cssselect(".staff-menu") == []
    assert page.cssselect("body a")[0].get("href") == "#content"


# --- keys -------------------------------------------------------------------------------------------


def test_every_key_is_told_on_its_page_and_in_the_dialog(manager):
    page = see(manager, KEYS)
    for place in ("main", "dialog"):
        keys = [each.text_content() for each in page.cssselect(f"{place} kbd")]
        assert keys == ["/", "?", "j", "k", "x", "↓", "↑", "Enter", "Esc", "Tab"]


def test_single_keys_can_be_switched_off_and_on_again(manager):
    assert see(manager, KEYS).cssselect(".staff-bar[data-keys]") != []
    answer = manager.post(KEYS, {"keys": "off"})
    assert (answer.status_code, answer.headers["Location"]) == (302, KEYS)
    assert answer.cookies["keys"]["httponly"]
    assert see(manager, KEYS).cssselect(".staff-bar[data-keys]") == []
    manager.post(KEYS, {"keys": "on"})
    assert see(manager, KEYS).cssselect(".staff-bar[data-keys]") != []


def test_another_choice_of_keys_is_refused(manager):
    answer = manager.post(KEYS, {"keys": "maybe"})
    assert answer.status_code == 400
    assert "keys" not in answer.cookies


def test_who_is_not_staff_sees_no_keys(client):
    client.force_login(factories.user())
    assert client.get(KEYS).status_code == 403
    assert Permission.USE_WORKBENCH in TABLE[Role.TRAINER]
