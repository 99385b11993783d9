"""Run the measurements and print one table; servers of their own, data in .demo/bench."""

import os
import platform
import secrets
import sys
from importlib import import_module
from pathlib import Path

from bench.rounds import Ratio
from portal.embedded import services

NAMES = ["catalogue", "crm", "enrolment", "imports", "mail"]


def main(only: list[str]) -> int:
    """Run those named, or all."""
    unknown = set(only) - set(NAMES)
    if unknown:
        print(f"No such measurement: {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}")
        return 2
    folder = Path(".demo/bench").absolute()
    os.environ.update(
        DJANGO_SETTINGS_MODULE="portal.settings",
        DEMO="1",
        DEMO_DIR=str(folder),
        SECRET_KEY=secrets.token_urlsafe(50),
        LOG_LEVEL="ERROR",
    )
    with services(folder) as urls:
        os.environ.update(urls)
        prepare()
        print(
            f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}\n"
        )
        print(Ratio.HEAD)
        for name in only or NAMES:
            for ratio in import_module(f"bench.{name}").measure():
                print(ratio.row(), flush=True)
    return 0


def prepare() -> None:
    """A migrated and seeded database, with static files collected as in production."""
    import django  # noqa: PLC0415  after the environment is set
    from django.core.management import call_command  # noqa: PLC0415  the same

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("seed_demo", stdout=sys.stderr)
    call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
