"""The servers of demo and tests: they start anywhere, keep their data and leave no process behind."""

import contextlib
import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

from tests import databases
from tests.processes import alive, finish, none_left, start, wait_for

EMBEDDED = ("-m", "portal.embedded")
SHOW_ADDRESSES = ["sh", "-c", "echo $DATABASE_URL $DATABASE_OWNER_URL $REDIS_URL $EMAIL_URL"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts processes in /proc")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A path of 180 characters with spaces, which every user may pass through."""
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o711)
        yield Path(home) / ("a b " * 20).strip() / ("c d " * 20).strip()


def run(*command: str, folder: Path, settings: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit status and output of a command with the servers up."""
    return finish(start(*EMBEDDED, *command, folder=folder, settings=settings))


def sql(statement: str) -> list[str]:
    program = (
        "import os, psycopg2; link = psycopg2.connect(os.environ['DATABASE_OWNER_URL']);"
        f"cursor = link.cursor(); cursor.execute({statement!r}); link.commit();"
        "print(cursor.fetchall() if cursor.description else 'done')"
    )
    return [sys.executable, "-c", program]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A start that stays until it is stopped."""
    stay = ["sh", "-c", 'touch "$DEMO_DIR/up"; while sleep 1; do :; done']
    with start(*EMBEDDED, *stay, folder=folder) as process:
        try:
            wait_for(folder / "up", process)
            assert len(alive(folder)) > 8  # the supervisor, three servers, the database's helpers
            yield process
        finally:
            process.terminate()


def test_a_command_gets_the_addresses_and_gives_its_exit_status(folder):
    status, output = run(*SHOW_ADDRESSES[:2], SHOW_ADDRESSES[2] + "; exit 7", folder=folder)
    schemes = [(urlsplit(url).scheme, urlsplit(url).username) for url in output.split()]
    assert status == 7
    assert schemes == [
        ("postgresql", "portal_app"),
        ("postgresql", "portal_owner"),
        ("redis", None),
        ("smtp", None),
    ]
    assert not none_left(folder)


def test_an_address_in_the_environment_is_left_alone(folder):
    given = "postgresql://elsewhere/portal"
    status, output = run(*SHOW_ADDRESSES, folder=folder, settings={"DATABASE_URL": given})
    assert (status, output.split()[0]) == (0, given)
    assert not (folder / "postgres").exists()


def test_a_second_start_keeps_the_data(folder):
    assert run(*sql("CREATE TABLE kept AS SELECT 42 AS n"), folder=folder) == (0, "done\n")
    assert run(*sql("SELECT n FROM kept"), folder=folder) == (0, "[(42,)]\n")


def test_libpq_variables_of_the_shell_do_no_harm(folder):
    status, output = run(
        *sql("SELECT 1"), folder=folder, settings={"PGSSLMODE": "require", "PGHOST": "no"}
    )
    assert (status, output) == (0, "[(1,)]\n")


def test_an_unknown_command_is_a_sentence(folder):
    status, output = run("no-such-command", folder=folder)
    assert (status, output.count("\n")) == (1, 1)
    assert "no-such-command" in output
    assert not none_left(folder)


def test_a_folder_serves_one_start_at_a_time(folder):
    with running(folder) as first:
        assert run("true", folder=folder) == (
            1,
            f"The folder {folder} is in use: another start still runs there.\n",
        )
        assert first.poll() is None


def test_a_file_in_the_folders_place_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    assert run("true", folder=tmp_path / "file") == (
        1,
        f"Cannot write to the folder {tmp_path}/file: File exists.\n",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_is_a_sentence(tmp_path):
    tmp_path.chmod(0o500)
    status, output = run("true", folder=tmp_path / "demo")
    tmp_path.chmod(0o700)
    assert (status, output) == (
        1,
        f"Cannot write to the folder {tmp_path}/demo: Permission denied.\n",
    )


def test_data_of_another_version_is_refused_and_untouched(folder):
    run("true", folder=folder)
    version = folder / "postgres" / "PG_VERSION"
    version.write_text("12\n")
    status, output = run("true", folder=folder)
    assert status == 1
    assert output.startswith(f"{folder}/postgres was made by PostgreSQL 12, and this is 18.")
    assert version.read_text() == "12\n"


def only_the_version(folder: Path) -> None:
    shutil.rmtree(folder / "postgres")
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("18\n")


def half_initialised(folder: Path) -> None:
    shutil.rmtree(folder / "postgres")
    (folder / ".postgres-abc" / "base").mkdir(parents=True)


def a_cut_lock_file(folder: Path) -> None:
    (folder / "postgres" / "postmaster.pid").write_text("")


def a_lock_file_with_anothers_number(folder: Path) -> None:
    lock = folder / "postgres" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{folder}/postgres\n1\n5432\n\n127.0.0.1\n\n")


def a_lock_file_with_a_dead_number(folder: Path) -> None:
    lock = folder / "postgres" / "postmaster.pid"
    lock.write_text(f"99999999\n{folder}/postgres\n1\n5432\n\n127.0.0.1\n\n")


@pytest.mark.fault
@pytest.mark.parametrize(
    "damage",
    [
        only_the_version,
        half_initialised,
        a_cut_lock_file,
        a_lock_file_with_anothers_number,
        a_lock_file_with_a_dead_number,
    ],
)
def test_a_half_finished_start_heals(damage, folder):
    run("true", folder=folder)
    damage(folder)
    assert run(*sql("SELECT 1"), folder=folder) == (0, "[(1,)]\n")
    assert not list(folder.glob(".postgres-*"))


@pytest.mark.fault
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_starting_leaves_nothing(number, folder):
    process = start(*EMBEDDED, "sleep", "60", folder=folder)
    wait_for(folder / "valkey.log", process)
    process.send_signal(number)
    assert finish(process)[0] == 128 + number
    assert not none_left(folder)


@pytest.mark.fault
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_command_and_the_servers(number, folder):
    with running(folder) as process:
        process.send_signal(number)
        assert finish(process)[0] == 128 + number
        assert not none_left(folder)


@pytest.mark.fault
def test_a_kill_leaves_nothing_and_the_next_start_finds_the_data(folder):
    run(*sql("CREATE TABLE kept AS SELECT 42 AS n"), folder=folder)
    with running(folder) as process:
        process.kill()
        process.wait()
        assert run(*sql("SELECT n FROM kept"), folder=folder) == (0, "[(42,)]\n")
        assert not none_left(folder)


@pytest.mark.fault
def test_without_the_kernels_leash_the_next_start_ends_the_former_database(folder):
    unleashed = (
        "import os; from pathlib import Path; from portal import embedded;"
        "from portal.embedded import children; children.LIBC = None;"
        "manager = embedded.services(Path(os.environ['DEMO_DIR'])); manager.__enter__();"
        "os.kill(os.getpid(), 9)"
    )
    assert finish(start("-c", unleashed, folder=folder))[0] == -signal.SIGKILL
    former = {number for number, command in alive(folder).items() if "bin/postgres" in command}
    assert former, "the control: without the leash the server lives on"
    assert run(*sql("SELECT 1"), folder=folder) == (0, "[(1,)]\n")
    left = alive(folder)
    for number in left:
        os.kill(number, signal.SIGKILL)
    assert not former & set(left)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the database as somebody else")
def test_root_opens_private_folders_above_for_passing_and_says_so(folder):
    home = folder.parent.parent
    home.chmod(0o700)
    status, output = run("true", folder=folder)
    assert (status, output) == (
        0,
        f"The database's user may now pass through {home} (chmod o+x).\n",
    )
    assert home.stat().st_mode & 0o777 == 0o701
    assert (folder / "postgres").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_can_start_too(folder):
    nobody = pwd.getpwnam("nobody")
    account = (nobody.pw_uid, nobody.pw_gid)
    os.chown(folder.parent.parent, *account)
    try:
        process = start(*EMBEDDED, *sql("SELECT 1"), folder=folder, account=account)
    except PermissionError:
        pytest.skip(f"other users may not run {sys.executable}")
    assert finish(process) == (0, "[(1,)]\n")
    assert (folder / "postgres").stat().st_uid == nobody.pw_uid


def test_the_applications_role_changes_rows_but_no_tables():
    with databases.superuser("portal") as cursor:
        cursor.execute("SET ROLE portal_owner")
        cursor.execute("CREATE TABLE IF NOT EXISTS of_the_owner (n int)")
    link = psycopg2.connect(
        os.environ["DATABASE_URL"].replace("postgres@", "portal_app@").rsplit("/", 1)[0] + "/portal"
    )
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute("INSERT INTO of_the_owner VALUES (1)")
        cursor.execute("DELETE FROM of_the_owner")
        for refused in (
            "CREATE TABLE mine (n int)",
            "ALTER TABLE of_the_owner ADD m int",
            "TRUNCATE of_the_owner",
            "DROP TABLE of_the_owner",
            "SET session_replication_role = replica",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(refused)
    link.close()


def test_the_mail_server_keeps_the_mail_as_it_came(inbox):
    sent = "Subject: =?utf-8?q?P=C3=A4iv=C3=A4=C3=A4?=\n\n.a line that begins with a dot\n"
    with smtplib.SMTP("127.0.0.1", urlsplit(os.environ["EMAIL_URL"]).port or 0) as relay:
        relay.sendmail("a@example.org", ["b@example.org"], sent)
    (mail,) = inbox(1)
    assert mail["subject"] == "Päivää"
    assert mail.get_content() == ".a line that begins with a dot\r\n"


def test_servers_are_ready_in_seconds(folder):
    run("true", folder=folder)
    began = time.monotonic()
    assert run("true", folder=folder)[0] == 0
    assert time.monotonic() - began < 15
