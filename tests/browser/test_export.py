"""The readable half of an export, opened as a file: by WCAG 2.2 AA, light and dark, narrow, and without any request (D2.1, E1)."""

import io
import zipfile
from functools import partial

import pytest
from playwright.sync_api import Browser, Request

from consent import export
from tests.browser.test_a11y import axe
from tests.canary import Canary

pytestmark = [pytest.mark.a11y, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def file(tmp_path):
    """The page of somebody of whom every column is held."""
    _found, packed = export.export(Canary().email)
    zipfile.ZipFile(io.BytesIO(packed)).extract("index.html", tmp_path)
    return (tmp_path / "index.html").as_uri()


def note(asked: list[str], request: Request) -> None:
    asked.append(request.url)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_everybody_can_read_it(file, browser: Browser, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", partial(note, asked))
    page.goto(file)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert asked == [file]
    context.close()
