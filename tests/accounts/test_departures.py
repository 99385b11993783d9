"""Whoever takes a role or shuts a user out tells the registry of departures: one place does, and no other may (C5.3)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ["accounts", "consent", "mailing", "crm", "billing", "courses", "community", "portal"]
FILES = [
    each
    for app in APPS
    for each in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in each.parts
]
SETTLES = {
    "accounts/admin.py"
}  # its forms write roles and `is_active`, then it calls `departures.settle`
WRITES = {
    "delete",
    "update",
    "create",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
GIVES = {"portal/demo/people.py": {"create"}}  # the demo's first staff: nobody leaves by it


def writes(source: str) -> set[str]:
    """How the text writes roles, or shuts users out."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in WRITES
        ):
            chain = ast.unparse(node.func)
            if "StaffRole" in chain or "staff_roles" in chain:
                found.add(node.func.attr)
            found |= {
                "is_active"
                for each in node.keywords
                if each.arg == "is_active" and node.func.attr == "update"
            }
        if isinstance(node, ast.Assign) and any(
            ast.unparse(each).endswith(".is_active") for each in node.targets
        ):
            found.add("is_active")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_but_the_administration_takes_roles_or_shuts_users_out(path):
    name = str(path.relative_to(ROOT))
    assert writes(path.read_text()) - GIVES.get(name, set()) == set()


def test_and_the_administration_settles_it():
    for name in SETTLES:
        assert "departures.settle(" in (ROOT / name).read_text()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("user.staff_roles.all().delete()", {"delete"}),
        ("StaffRole.objects.filter(user=user).update(role='auditor')", {"update"}),
        ("User.objects.filter(pk=1).update(is_active=False)", {"is_active"}),
        ("user.is_active = False", {"is_active"}),
        ("StaffRole.objects.filter(user=user).exists()", set()),
        ("User.objects.filter(is_active=True)", set()),
    ],
)
def test_control_what_writes_them_is_found(source, found):
    assert writes(source) == found
