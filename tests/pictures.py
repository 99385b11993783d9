"""Pictures of the demo for those who have not started it yet: `python -m tests.pictures`."""

import contextlib
import io
import signal
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from portal.embedded.children import free_port
from tests import chromium
from tests.processes import ROOT, start, wait_for

FOLDER = ROOT / ".demo" / "pictures"
TARGET = ROOT / "docs" / "pictures"
SIZES = {390: 1500, 1280: 1100}  # width and height, CSS pixels
SCHEMES = ("light", "dark")
PASSWORD = "rikastava-demo-2026"
COURSE = "/fi/koulutukset/tekoaly-esihenkilon-tyossa/"
FOR_ALL = {
    "home": "/fi/",
    "catalogue": "/fi/koulutukset/",
    "search": "/fi/koulutukset/?q=teko%C3%A4ly",
    "course": COURSE,
    "swedish": "/sv/",
    "sign-in": "/en/accounts/login/",
}
SIGNED_IN = {"enrol": COURSE, "me": "/fi/omat/"}


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with demo() as url, sync_playwright() as playwright:
        arguments = chromium.launch_arguments(playwright.chromium)
        with playwright.chromium.launch(**arguments) as browser:
            for width in SIZES:
                for scheme in SCHEMES:
                    take(browser, url, width, scheme)


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """Address of a demo of its own, kept from one time to the next."""
    port = free_port()
    with start("-m", "portal.demo_server", folder=FOLDER, settings={"PORT": str(port)}) as process:
        wait_for(FOLDER / "env", process, seconds=600)
        yield f"http://localhost:{port}"
        process.send_signal(signal.SIGTERM)
        process.communicate()


def take(browser: Browser, url: str, width: int, scheme: str) -> None:
    """Every page at one width in one colour scheme."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": SIZES[width]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    for name, path in FOR_ALL.items():
        page.goto(path)
        keep(page, TARGET / f"{name}-{width}-{scheme}.png")
    sign_in(page)
    for name, path in SIGNED_IN.items():
        page.goto(path)
        if name == "enrol":
            page.locator("main a[href$='/enrol/']").first.click()
        keep(page, TARGET / f"{name}-{width}-{scheme}.png")
    context.close()


def sign_in(page: Page) -> None:
    form = page.locator("main form", has=page.locator("[name=password]"))
    form.locator("[name=login]").fill("learner@example.org")
    form.locator("[name=password]").fill(PASSWORD)
    form.get_by_role("button").click()


def keep(page: Page, file: Path) -> None:
    """With a palette of 256 colours: a third of the size, and no difference to see."""
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(256).save(file, optimize=True)


if __name__ == "__main__":
    main()
