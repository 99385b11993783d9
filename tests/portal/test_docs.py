"""The documents say what is so: links, commands, addresses, tables."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from accounts.roles import Role
from consent import erasure
from consent.rules import RULES
from tests import declared, factories, roles

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def named(path):
    return str(path.relative_to(ROOT))


def read(name):
    return (ROOT / name).read_text()


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\((?!https?://)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_make_targets_that_are_named_exist(document):
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", " ".join(code(document)))) <= targets


@pytest.mark.parametrize("document", PAGES, ids=named)
def test_management_commands_that_are_named_exist(document):
    assert set(re.findall(r"manage\.py (\w+)", document.read_text())) <= set(get_commands())


def tour() -> list[tuple[str, str]]:
    """The addresses of the README's tour, each with the role it is opened by; nobody's where the row names none."""
    table = read("README.md").split("## A tour of the demo")[1].split("\n\n")[1]
    found = []
    for row in table.splitlines()[2:]:
        who = re.search(r"`(\w+)@example\.org`", row)
        found += [(path, who[1] if who else "") for path in re.findall(r"`(/[^`]*)`", row)]
    return sorted(set(found))


def test_the_tour_names_these_addresses():
    assert {path for path, _who in tour()} == {
        "/",
        "/admin/",
        "/api/schema/",
        "/api/v1/search/?q=johtaminen",
        "/demo/inbox/",
        "/en/courses/?q=artificial+intelligence",
        "/en/me/",
        "/en/newsletter/",
        "/staff/",
        "/staff/mail/",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "who"), tour())
def test_the_tour_leads_to_pages_that_open(client, settings, path, who):
    """In the demo each is answered to the sign-in that the row names, or to anybody."""
    settings.DEMO = True
    if who in Role.values:
        client.force_login(factories.staff(factories.institution(), who))
    elif who:
        client.force_login(factories.user())
    assert client.get(path, follow=True).status_code == 200


def test_the_data_protection_officers_table_is_what_the_code_declares():
    assert read("docs/privacy/holdings.md") == declared.page(), "python -m tests.declared"


def test_the_table_of_roles_is_the_codes_own():
    assert read("docs/roles.md") == roles.page(), "python -m tests.roles"


def test_the_law_in_plain_words_is_the_table_of_rules():
    rows = re.findall(r"^\| `(\w+)` \| (yes|no) \|", read("docs/privacy.md"), re.M)
    assert rows == [(rule.name, "yes" if rule.allows else "no") for rule in RULES]


def test_the_steps_of_erasure_are_all_named():
    rows = re.findall(r"^\| `(\w+\.\w+)` \|", read("docs/privacy.md"), re.M)
    assert rows == [step.name for step in erasure.steps()]


def code(document):
    """What stands between backquotes, and in fenced blocks."""
    text = document.read_text()
    return re.findall(r"```.*?```", text, re.DOTALL) + re.findall(r"`[^`\n]+`", text)
