"""The table of roles for people to read, made from `accounts.roles`: `python -m tests.roles` writes it."""

import os
from pathlib import Path

import django
from django.utils import translation

from accounts.roles import TABLE, Permission

PAGE = Path(__file__).resolve().parent.parent / "docs" / "roles.md"
HEAD = """\
# Roles

What a staff role may do. The table is `accounts/roles.py`'s own, the only place where code asks; a test compares, and
`python -m tests.roles` writes this page.
"""
WHERE = """
## Where a role holds

A role is held at one institution, or over all of them when it names none. A person may have several.

- **The offering is its institution's**: courses, runs, enrolments, venues and trainers are seen and edited at the institutions of the role
  alone. What the table allows is asked again in the query that fetches a row, so that another institution's row is not found.
- **The customer register is shared**: organisations, their people and timelines are the same for all institutions. A role at any
  institution opens them as far as the table allows.
- **What institutions share otherwise needs a role over all of them**: themes, venues and trainers without an institution, new institutions,
  people's accounts, and a role over all itself.
- **The auditor** reads what the others read, their audit included, and changes nothing: the same pages are shown without the forms, and pages that
  are a form and nothing else are not opened. What is the auditor's own stays so, as it is anybody's with an account: password, second factor,
  name and language. A card that customers see an auditor has none.
- A superuser, made on the command line alone, may everything; a closed account may nothing.
"""


def page() -> str:
    """The whole page, in English."""
    with translation.override("en"):
        return "\n".join([HEAD, *_table(), WHERE])


def _table() -> list[str]:
    head = ["may", *(f"`{role.value}`" for role in TABLE)]
    rows = [
        [str(each.label), *("yes" if each in allowed else "–" for allowed in TABLE.values())]
        for each in Permission
    ]
    return ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    PAGE.write_text(page())
