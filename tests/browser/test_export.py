"""The readable half of an export, opened as a file: by WCAG 2.2 AA, light and dark, narrow, and without any request (D2.1, E1)."""

import io
import zipfile

import pytest
from playwright.sync_api import Browser

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


def test_everybody_can_read_it(file, browser: Browser):
    for width, scheme in ((1280, "light"), (320, "dark")):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=True
        )
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(file)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert asked == [file]
        context.close()
