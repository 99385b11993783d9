"""The folder the servers live in: held by one process at a time, reachable for the database's user."""

import contextlib
import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from portal.embedded.children import StartError


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the folder and keep it ours; the kernel lets go when the process dies, however it dies.

    A killed holder leaves the file `env` behind, whose addresses are no longer true: it goes first.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StartError(f"Cannot write to the folder {folder}: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / "env").unlink(missing_ok=True)
        yield
    except BlockingIOError:
        raise StartError(
            f"The folder {folder} is in use: another start still runs there."
        ) from None
    finally:
        os.close(lock)


def let_pass(path: Path) -> None:
    """Let other users walk (not read) through the folders above, when one of them is private."""
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            print(
                f"The database's user may now pass through {parent} (chmod o+x).", file=sys.stderr
            )
            parent.chmod(mode | 0o001)
