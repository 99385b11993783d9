"""House rules a linter can't say."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
APPS = [
    "common",
    "accounts",
    "consent",
    "mailing",
    "crm",
    "billing",
    "courses",
    "community",
    "portal",
]
FILES = [p for app in APPS for p in (ROOT / app).rglob("*.py") if "migrations" not in p.parts]
PAGES = sorted((ROOT / "templates").rglob("*.html"))
WEB = {"django.http", "django.shortcuts", "django.forms", "django.contrib.messages"}
MAY_SPEAK_WEB = {
    "urls",
    "views",
    "api",
    "admin",
    "adminsite",
    "forms",
    "feeds",
    "http",
    "middleware",
    "errors",
    "context",
    "federation",
    "signin",
    "staff_door",
}


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_no_file_outgrows_the_house(path):
    assert len(path.read_text().splitlines()) <= 400, "split it by verb family"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_module_says_what_it_does(path):
    assert ast.get_docstring(ast.parse(path.read_text())) or not path.read_text().strip()


def test_no_catch_all_modules():
    assert not [p for p in FILES if p.stem in {"utils", "helpers", "misc", "signals", "services"}]


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_are_named_for_what_they_do():
    found = [p.stem for app in APPS for p in (ROOT / app).glob("migrations/0*.py")]
    assert not [name for name in found if "auto_" in name]


@pytest.mark.parametrize("template", PAGES, ids=named)
def test_only_partials_are_included_and_they_start_with_an_underscore(template):
    for name in re.findall(r'{% include "([^"]+)"', template.read_text()):
        assert Path(name).name.startswith("_"), f"{template.name} includes a page: {name}"


@pytest.mark.parametrize("template", PAGES, ids=named)
def test_no_template_outgrows_the_house(template):
    assert len(template.read_text().splitlines()) <= 150, "cut it into _partials"


@pytest.mark.parametrize("template", [p for p in PAGES if "mail" not in p.parts], ids=named)
def test_no_page_has_inline_style_or_script(template):
    text = template.read_text()
    assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style|javascript:", text)
    assert not re.search(r"<script(?![^>]*\b(src|type=\"application/ld\+json\")[=>])", text)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_verbs_and_models_know_nothing_of_the_web(path):
    if MAY_SPEAK_WEB & set(path.relative_to(ROOT).with_suffix("").parts):
        return
    tree = ast.parse(path.read_text())
    seen = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not seen & WEB


@pytest.mark.parametrize("path", FILES, ids=named)
def test_models_are_not_fetched_by_name_past_the_import_order(path):
    if path.name == "apps.py":
        return
    calls = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    }
    assert not calls & {"get_model", "import_module"}


def test_no_model_points_to_an_app_above_its_own():
    upwards = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for field in model._meta.get_fields()
        if (field.many_to_one or field.one_to_one or field.many_to_many)
        and not field.auto_created
        and field.related_model._meta.app_label in APPS
        and APPS.index(field.related_model._meta.app_label) > APPS.index(model._meta.app_label)
    ]
    assert upwards == []


def test_common_stays_small():
    modules = [p for p in (ROOT / "common").glob("*.py") if p.stem != "__init__"]
    assert len(modules) <= 8


def test_no_registry_host_is_named_in_the_locks():
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text()


MUFFLED = re.compile(r"#\s*(?:noqa: ?[A-Z0-9, ]*[A-Z0-9]|noqa|type: ignore(?:\[[\w, -]+\])?)(.*)")


def without_reason(text: str) -> list[str]:
    """The lines that silence a checker and say nothing beside it of why."""
    lines = [
        line for line in text.splitlines() if (found := MUFFLED.search(line)) and not told(found[1])
    ]
    return [line.strip() for line in lines]


def told(rest: str) -> bool:
    return bool(re.search(r"[a-zA-Z]{3}", re.sub(MUFFLED, "", rest)))


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "tests").rglob("*.py"))], ids=str)
def test_what_silences_a_checker_says_why(path):
    assert without_reason(path.read_text()) == []


def test_control_a_checker_silenced_without_a_word_is_found():
    noqa, ignore = "# no" + "qa", "# type: " + "ignore"
    silent = [f"x = 1  {noqa}: E731", f"y = 2  {ignore}[misc]", f"z = 3  {ignore}  {noqa}"]
    spoken = [f"x = 1  {noqa}: E731, S101  as in the book", f"y = 2  {ignore}[misc]  # a field"]
    assert without_reason("\n".join([*silent, *spoken])) == silent
