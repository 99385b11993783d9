"""Find a Chromium that starts, or install one: `python -m tests.chromium --install`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import BrowserType, Error, sync_playwright

OF_THE_SYSTEM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowserError(Exception):
    """No Chromium starts; the text says what was tried."""


def launch_arguments(browser_type: BrowserType) -> dict[str, Any]:
    """Arguments with which a Chromium starts: Playwright's own download first, then the system's."""
    reasons = []
    for arguments in _candidates(browser_type):
        program = arguments.get("executable_path", browser_type.executable_path)
        try:
            browser_type.launch(**arguments).close()
        except Error as error:
            reasons.append(f"{program}: {error.message.splitlines()[0]}")
        else:
            return arguments
    raise NoBrowserError("; ".join(reasons))


def _candidates(browser_type: BrowserType) -> Iterator[dict[str, Any]]:
    sandbox: dict[str, Any] = {"args": ["--no-sandbox"]} if os.geteuid() == 0 else {}
    yield sandbox
    for program in filter(None, map(shutil.which, OF_THE_SYSTEM)):
        yield {**sandbox, "executable_path": program}


def _installers() -> Iterator[list[str]]:
    root_on_debian = os.geteuid() == 0 and shutil.which("apt-get")
    playwright = [sys.executable, "-m", "playwright", "install"]
    yield [*playwright, *(["--with-deps"] if root_on_debian else []), "chromium"]
    if root_on_debian:
        yield ["apt-get", "update", "--quiet"]
        yield ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "chromium"]


def _found() -> str:
    """Empty when a browser starts, else what is wrong."""
    with sync_playwright() as playwright:
        try:
            launch_arguments(playwright.chromium)
        except NoBrowserError as error:
            return str(error)
    return ""


def main() -> int:
    """Exit status 1 when there is no browser; with --install 0 all the same, for tests then skip."""
    install = "--install" in sys.argv
    wrong = _found()
    if wrong and install:
        print("No Chromium yet: installing one.", flush=True)
        for command in _installers():
            subprocess.run(command, check=False)
            if not (wrong := _found()):
                break
    if wrong:
        print(f"No Chromium: {wrong}", file=sys.stderr)
    return 1 if wrong and not install else 0


if __name__ == "__main__":
    sys.exit(main())
