"""The styleguide shows every part of the portal in every state."""

import re
from pathlib import Path

import pytest
from lxml import html

from courses.openings import Way

STYLES = Path(__file__).resolve().parents[2] / "static" / "css" / "components"
# of the preference centre's own page, which the browser's tests walk
ELSEWHERE = {"permits", "permit", "permit__about"}


@pytest.fixture
def guide(client, settings):
    settings.DEMO = True
    return html.fromstring(client.get("/styleguide/").content)


@pytest.mark.parametrize("sheet", sorted(STYLES.glob("*.css")), ids=lambda path: path.stem)
def test_every_class_of_the_parts_is_on_it(guide, sheet):
    text = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", sheet.read_text(), flags=re.DOTALL)
    styled = set(re.findall(r"\.([a-z][a-z0-9_-]+)", text))
    shown = {name for each in guide.xpath("//@class") for name in each.split()}
    assert styled - shown - ELSEWHERE == set()


def test_every_way_on_from_a_run_is_on_it(guide):
    assert len(guide.cssselect(".opening-run")) == len(Way) + 2
    words = " ".join(guide.cssselect(".booking")[0].text_content().split())
    for said in (
        "Ilmoittaudu jonotuslistalle (edelläsi 7)",
        "Ilmoittautuminen alkaa ma 4.1.2027",
        "Ilmoittautuminen on päättynyt.",
        "Peruttu",
        "Olet jonotuslistalla",
    ):
        assert said in words
