"""Pictures of the demo for those who have not started it yet: `python -m tests.pictures`, or only some by their names."""

import contextlib
import io
import signal
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from portal.embedded.children import free_port
from tests import chromium
from tests.processes import ROOT, start, wait_for

FOLDER = ROOT / ".demo" / "pictures"
TARGET = ROOT / "docs" / "pictures"
SIZES = {390: 1500, 1280: 1100}  # width and height, CSS pixels
SCHEMES = ("light", "dark")
SIGN_IN = "/en/accounts/login/"
PASSWORD = "rikastava-demo-2026"
COURSE = "/fi/koulutukset/tekoaly-esihenkilon-tyossa/"
FOR_ALL = {
    "home": "/fi/",
    "catalogue": "/fi/koulutukset/",
    "search": "/fi/koulutukset/?q=teko%C3%A4ly",
    "course": COURSE,
    "swedish": "/sv/",
    "newsletter": "/fi/uutiskirje/",
}
SIGNED_IN = {
    "learner": {"enrol": COURSE, "me": "/fi/omat/", "preferences": "/fi/omat/preferences/"},
    "sales": {
        "staff-today": "/staff/",
        "staff-person": "/staff/",
        "staff-organisation": "/staff/",
        "staff-people": "/staff/people/",
        "staff-questions": "/staff/questions/",
        "staff-question": "/staff/",
        "staff-pair": "/staff/duplicates/",
    },
    "manager": {
        "staff-mail": "/staff/mail/",
        "staff-template": "/staff/mail/templates/mailing/newsletter/?language=fi",
        "staff-permission": "/staff/people/",
    },
}


def main(*wanted: str) -> None:
    """All of them, or those of the wanted names."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with demo() as url, sync_playwright() as playwright:
        arguments = chromium.launch_arguments(playwright.chromium)
        with playwright.chromium.launch(**arguments) as browser:
            for width in SIZES:
                for scheme in SCHEMES:
                    take(browser, url, width, scheme, wanted)


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """Address of a demo of its own, kept from one time to the next."""
    port = free_port()
    with start("-m", "portal.demo_server", folder=FOLDER, settings={"PORT": str(port)}) as process:
        wait_for(FOLDER / "env", process, seconds=600)
        yield f"http://localhost:{port}"
        process.send_signal(signal.SIGTERM)
        process.communicate()


def take(browser: Browser, url: str, width: int, scheme: str, wanted: Collection[str] = ()) -> None:
    """Every page at one width in one colour scheme, as a visitor and as each who signs in."""
    for who, pages in ((None, FOR_ALL), *SIGNED_IN.items()):
        paths = {name: path for name, path in pages.items() if not wanted or name in wanted}
        if not paths:
            continue
        context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": SIZES[width]},
            color_scheme="dark" if scheme == "dark" else "light",
            locale="fi",
        )
        page = context.new_page()
        if who is None:
            page.goto(SIGN_IN)
            keep(page, TARGET / f"sign-in-{width}-{scheme}.png")
        else:
            sign_in(page, who)
        for name, path in paths.items():
            page.goto(path)
            if name in CLICKS:
                CLICKS[name](page)
            keep(page, TARGET / f"{name}-{width}-{scheme}.png")
        context.close()


def sign_in(page: Page, who: str) -> None:
    page.goto(SIGN_IN)
    form = page.locator("main form", has=page.locator("[name=password]"))
    form.locator("[name=login]").fill(f"{who}@example.org")
    form.locator("[name=password]").fill(PASSWORD)
    form.get_by_role("button").click()
    page.wait_for_url(lambda address: SIGN_IN not in address)
    if "/2fa/" in page.url:  # staff; the demo lets the second factor be skipped
        page.locator("main form button").click()
        page.wait_for_url(lambda address: "/2fa/" not in address)


def find_learner(page: Page) -> None:
    """From the search to the page of somebody with a long history."""
    page.locator("main [name=address]").fill("learner@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/permission/")


def task(page: Page) -> Locator:
    """The most urgent task of the day."""
    return page.locator("[aria-labelledby=tasks-title] .task-row").first


CLICKS: dict[str, Callable[[Page], None]] = {
    "enrol": lambda page: page.locator("main a[href$='/enrol/']").first.click(),
    "staff-permission": find_learner,
    "staff-person": lambda page: task(page).locator(".task-row__about a").first.click(),
    "staff-organisation": lambda page: task(page).locator(".task-row__about a").last.click(),
    "staff-question": lambda page: page.locator(".task-row a.button").first.click(),
    "staff-pair": lambda page: page.locator(".pair__names a").first.click(),
}


def keep(page: Page, file: Path) -> None:
    """With a palette of 256 colours: a third of the size, and no difference to see."""
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(256).save(file, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
