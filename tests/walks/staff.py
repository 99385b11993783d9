"""The pages of staff, and the forms on them."""

from django.test import Client

from accounts.roles import Permission
from tests import factories
from tests.walks.expected import needed
from tests.walks.forms import Form, forms_of
from tests.walks.pages import Page, every_page
from tests.walks.rows import Rows
from tests.walks.samples import path_of

SEEN = 200
ACCOUNT = {
    "admin:password_change",
    "admin:password_change_done",
}  # one’s own, no part of the register
LEAVING = {"account_logout", "admin:logout", "set_language"}


def of_staff() -> list[Page]:
    """All but what everybody has: the site's own pages, and one's own account."""
    return [
        page
        for page in every_page()
        if (page.permission or page.model_admin is not None or isinstance(needed(page), Permission))
        and page.name not in ACCOUNT
    ]


def forms_seen(client: Client, rows: Rows) -> dict[str, Form]:
    """The forms that an administrator is shown, with what they hold filled in; of those alike one."""
    client.force_login(factories.staff(None, "admin"))
    found: dict[str, Form] = {}
    for page in of_staff():
        path = path_of(page, rows)
        response = client.get(path)
        if response.status_code == SEEN and not response.streaming:
            for form in forms_of(response.content, path):
                found.setdefault(form.action, form)
    return {path: form for path, form in found.items() if form.name not in LEAVING}
