"""Whom a page is for, by what it declares and by the table of roles; and what its answer says of that."""

from typing import Any

from django.contrib.admin import ModelAdmin

from accounts.admin import ByRole
from accounts.models import User
from accounts.roles import TABLE, Permission, Role
from tests import factories
from tests.walks.allowed import EITHER_WAY, EVERYBODY, SIGNED_IN, STAFF, SUPERUSERS
from tests.walks.pages import Page
from tests.walks.rows import Rows

VISITOR, LEARNER = "visitor", "learner"
OPENS, REFUSED, ASKED = "opens", "refused", "asked to sign in"


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


def needed_to_write(page: Page) -> object:
    """The same for a form; to Django's lists and histories a form is but another look."""
    if page.permission:
        return page.writes
    if page.model_admin is not None and page.name.endswith("_change"):
        return of_admin(page.model_admin, "write")
    return needed(page)


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
    ("OrganisationAdmin", "write"): "nobody",
    ("SessionAdmin", "add"): "nobody",
    ("SessionAdmin", "write"): "nobody",
    ("ThemeAdmin", "add"): "over all",
    ("ThemeAdmin", "write"): "over all",
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


def user_for(who: str, rows: Rows) -> User | None:
    if who == VISITOR:
        return None
    if who == LEARNER:
        return factories.user("oppija@example.org")
    return factories.staff(rows.institution, who)


def seen(page: Page, who: str, response: Any) -> str:
    """The administration sends whom it lets in nowhere to its sign-in, and whoever asks for no row of theirs to its index."""
    where = response.headers.get("Location", "") if response.status_code == 302 else ""
    if "login/?next=" in where and who == VISITOR:
        return ASKED
    is_sent_away = page.route.startswith("admin/") and (
        where == "/admin/" or "login/?next=" in where
    )
    return REFUSED if response.status_code == 403 or is_sent_away else OPENS
