"""`python -m portal.embedded COMMAND…`: run a command with the servers up that the environment lacks."""

import os
import signal
import sys
from pathlib import Path

from portal.embedded import NAMES, services
from portal.embedded.children import Child, StartError, finish, stop_on_signal


def main(command: list[str]) -> int:
    """Exit status of the command. The folder is DEMO_DIR, else .demo."""
    if not command:
        print("Usage: python -m portal.embedded COMMAND…", file=sys.stderr)
        return 2
    missing = [name for name in NAMES if name not in os.environ]
    stop_on_signal()
    try:
        with services(Path(os.environ.get("DEMO_DIR") or ".demo").absolute(), only=missing) as urls:
            signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for the command
            child = Child(command[0], command, env=urls, attached=True)
            child.start()
            return finish(child)
    except (StartError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
