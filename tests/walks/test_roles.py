"""Every page × every role, against the declared permission (A12, E3.1)."""

import inspect
from typing import Any

import pytest
from django.contrib.admin import ModelAdmin

from accounts.admin import ByRole
from accounts.roles import TABLE, Permission, Role
from tests import factories
from tests.walks.allowed import EITHER_WAY, EVERYBODY, SIGNED_IN, STAFF, SUPERUSERS
from tests.walks.pages import Page, every_page
from tests.walks.rows import Rows
from tests.walks.samples import path_of

pytestmark = pytest.mark.django_db

VISITOR, LEARNER, SUPERUSER = "visitor", "learner", "superuser"
OPENS, REFUSED, ASKED = "opens", "refused", "asked to sign in"


# --- what is expected -------------------------------------------------------------------------


def needed(page: Page) -> object:
    """What the page asks for: a permission, or one of the words of `allowed.py`; None when nobody has said."""
    if page.permission:
        return page.permission
    if page.model_admin is not None:
        return of_admin(page.model_admin, page.name.rpartition("_")[2])
    for word, names in (
        ("everybody", EVERYBODY),
        ("signed in", SIGNED_IN),
        ("everybody", EITHER_WAY),
        (Permission.USE_WORKBENCH, STAFF),
        ("superuser", SUPERUSERS),
    ):
        if page.name in names:
            return word
    return None


def of_admin(model_admin: "ModelAdmin[Any]", doing: str) -> object:
    """The permission a model's administration declares: to look, or to write."""
    if not isinstance(model_admin, ByRole):
        return "superuser"
    overrides = ADMIN.get((type(model_admin).__name__, doing))
    if overrides or doing == "delete":
        return overrides or "nobody"
    looks = doing in {"changelist", "change", "history"}
    return (model_admin.seen if looks and model_admin.seen else None) or model_admin.needed


ADMIN = {  # what an administration makes narrower than its one permission
    ("InstitutionAdmin", "add"): "over all",
    ("UserAdmin", "add"): "nobody",
    ("OrganisationAdmin", "add"): "nobody",  # the workbench adds them
    ("SessionAdmin", "add"): "nobody",
    ("ThemeAdmin", "add"): "over all",
    ("ThemeAdmin", "change"): "over all",
    ("ThemeAdmin", "changelist"): "over all",
    ("ThemeAdmin", "history"): "over all",
}


def expected(need: object, who: str) -> str:
    if need == "everybody":
        return OPENS
    if who == VISITOR:
        return ASKED
    if need == "signed in":
        return OPENS
    permitted = TABLE[Role(who)] if who in Role.values else frozenset()
    return OPENS if need in permitted else REFUSED


# --- what is seen -----------------------------------------------------------------------------


def user_for(who: str, rows: Rows):
    if who == VISITOR:
        return None
    if who == LEARNER:
        return factories.user("oppija@example.org")
    return factories.staff(rows.institution, who)


def answer(client, path):
    """To a look, or to an empty form where the page is there to be posted to."""
    found = client.get(path)
    return client.post(path) if found.status_code == 405 else found


def seen(page: Page, who: str, response) -> str:
    """The administration sends whom it lets in nowhere to its sign-in, and whoever asks for no row of theirs to its index."""
    where = response.headers.get("Location", "") if response.status_code == 302 else ""
    if "login/?next=" in where and who == VISITOR:
        return ASKED
    is_sent_away = page.route.startswith("admin/") and (
        where == "/admin/" or "login/?next=" in where
    )
    return REFUSED if response.status_code == 403 or is_sent_away else OPENS


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
