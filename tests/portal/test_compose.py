"""docker-compose.yml and Dockerfile: valid, without secrets, and in step with the rest of the tree."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = YAML(typ="safe").load(ROOT / "docker-compose.yml")
SERVICES = COMPOSE["services"]
ONCE = {"migrate"}  # runs, ends


def test_the_file_fits_the_compose_schema():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*command, "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_services_are_those_of_the_architecture():
    images = {name: service["image"] for name, service in SERVICES.items()}
    ours = dict.fromkeys(["web", "worker", "beat", "migrate"], "kudelma")
    mail = images.pop("mail")
    assert images == {**ours, "postgres": "postgres:18", "valkey": "valkey/valkey:9"}
    assert re.fullmatch(r"[\w/]+:v\d+\.\d+", mail)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE))
def test_each_service_that_stays_says_whether_it_is_well(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_is_in_the_file(name):
    for setting, value in SERVICES[name].get("environment", {}).items():
        if re.search("PASSWORD|SECRET", setting):
            assert re.fullmatch(r"\$\{\w+:\?[^}]*\}", value), setting
        password = re.match(r"\w+://\w+:([^@]*)@", value)
        if password:
            assert re.fullmatch(r"\$\{\w+:\?\}", password[1]), setting


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_only_migrate_has_the_owners_password(name):
    assert "OWNER" not in str(SERVICES[name]["environment"])
    assert "portal_owner:${OWNER_PASSWORD:?}@" in str(SERVICES["migrate"]["environment"])


@pytest.mark.parametrize("name", ["web", "worker", "beat", "migrate"])
def test_every_setting_is_one_of_the_portals(name):
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "configuration.md").read_text()))
    assert set(SERVICES[name]["environment"]) <= documented


def test_mounted_files_are_in_the_tree():
    mounts = [volume for service in SERVICES.values() for volume in service.get("volumes", [])]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert len(files) == 2
    assert all((ROOT / file).is_file() for file in files)


def test_the_image_is_made_by_the_makefiles_steps():
    dockerfile = (ROOT / "Dockerfile").read_text()
    targets = re.findall(r"^RUN (?:.*&& )?make (\S+)", dockerfile, re.MULTILINE)
    assert targets == [".venv/.runtime-is-in", "install"]
    for target in targets:
        subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )


def test_the_image_holds_every_app_and_nothing_of_the_tests():
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - allowed == {"bench", "tests"} & packages
    assert all((ROOT / name).exists() for name in allowed)
