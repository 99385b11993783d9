"""Every page × every role, against the declared permission (A12, E3.1)."""

import inspect

import pytest

from accounts.roles import Permission, Role
from tests.walks.allowed import EITHER_WAY, EVERYBODY, SIGNED_IN, STAFF, SUPERUSERS
from tests.walks.expected import (
    LEARNER,
    OPENS,
    REFUSED,
    VISITOR,
    expected,
    needed,
    seen,
    user_for,
)
from tests.walks.pages import every_page
from tests.walks.rows import Rows
from tests.walks.samples import path_of

pytestmark = pytest.mark.django_db


def answer(client, path):
    """To a look, or to an empty form where the page is there to be posted to."""
    found = client.get(path)
    return client.post(path) if found.status_code == 405 else found


def differences(client, who, pages) -> dict[str, tuple[str, str, int]]:
    """The pages that answer otherwise than declared."""
    rows = Rows("tamk")
    user, wrong = user_for(who, rows), {}
    for page in pages:
        if user:
            client.force_login(user)  # a page may sign out
        response = answer(client, path_of(page, rows))
        assert response.status_code < 500, page.name
        want, got = expected(needed(page), who), seen(page, who, response)
        if want != got and page.name not in EITHER_WAY:
            wrong[page.name] = (want, got, response.status_code)
    return wrong


@pytest.mark.parametrize("who", [VISITOR, LEARNER])
def test_every_page_opens_to_whom_it_is_for(client, who):
    assert differences(client, who, every_page()) == {}


@pytest.mark.parametrize("who", Role.values)
def test_every_page_that_is_not_for_everybody_opens_by_the_table_of_roles(client, who):
    pages = [page for page in every_page() if needed(page) != "everybody"]
    assert differences(client, who, pages) == {}


def test_of_every_page_somebody_has_said_whom_it_is_for():
    """Guard it with `staff_required`, or add it to `allowed.py`."""
    assert [page.name for page in every_page() if needed(page) is None] == []


def test_nothing_is_said_of_pages_that_are_not_there():
    names = {page.name for page in every_page()}
    assert (EVERYBODY | EITHER_WAY | SIGNED_IN | STAFF | SUPERUSERS) - names == set()


# --- controls ---------------------------------------------------------------------------------


@pytest.fixture
def bare(monkeypatch):
    """The page of this name without its guard."""

    def strip(name):
        page = next(each for each in every_page() if each.name == name)
        view = inspect.unwrap(page.pattern.callback)
        monkeypatch.setattr(page.pattern, "callback", view)
        return view, page.permission

    return strip


def test_control_a_page_without_its_guard_has_nothing_said(bare):
    bare("site:staff_health")
    assert [page.name for page in every_page() if needed(page) is None] == ["site:staff_health"]


def test_control_and_when_it_only_says_so_the_walk_finds_it(client, bare, monkeypatch):
    view, _none = bare("site:staff_health")
    monkeypatch.setattr(view, "permission", Permission.SETTLE_DOUBTS, raising=False)
    pages = [each for each in every_page() if each.name == "site:staff_health"]
    assert differences(client, "trainer", pages) == {"site:staff_health": (REFUSED, OPENS, 200)}


def test_control_a_role_that_may_more_than_is_declared_is_found(client, monkeypatch):
    names = {"site:staff_mail", "site:staff_permission"}
    pages = [each for each in every_page() if each.name in names]
    monkeypatch.setattr("accounts.models.permissions_of", lambda _role: frozenset(Permission))
    assert set(differences(client, "trainer", pages)) == {"site:staff_permission"}
