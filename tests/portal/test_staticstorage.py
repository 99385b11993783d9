"""The served style sheet is whole: one request, the same layers."""

import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

from portal.settings import BASE_DIR
from portal.staticstorage import IMPORT, SHEET, whole

SOURCE = FileSystemStorage(BASE_DIR / "static")


def test_every_part_is_in_the_sheet_and_in_its_layer():
    sheet = whole(SOURCE, SHEET)
    parts = IMPORT.findall((BASE_DIR / "static" / SHEET).read_text())
    files = {path.relative_to(BASE_DIR / "static/css").as_posix() for path in SOURCE_FILES}
    assert {file for file, _ in parts} == files - {"site.css"}
    assert "@import" not in sheet
    for file, layer in parts:
        rules = (BASE_DIR / "static/css" / file).read_text()
        assert (f"@layer {layer} {{\n{rules}}}" if layer else rules) in sheet


SOURCE_FILES = list((BASE_DIR / "static/css").rglob("*.css"))


@pytest.mark.parametrize("path", SOURCE_FILES, ids=lambda path: path.name)
def test_only_fonts_name_other_files(path):
    """The parts move into another folder's sheet, so an address in them would break."""
    named = re.findall(r"(?<!@import )url\(", path.read_text())
    assert not named or path.name == "fonts.css"


def test_collected_sheet_is_one_piece_with_hashed_fonts(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "portal.staticstorage.OneSheetStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    served = (tmp_path / staticfiles_storage.stored_name(SHEET)).read_text()
    assert "@import" not in served
    assert re.search(
        r'url\("\.\./fonts/familjen-grotesk-latin-wght-normal\.\w{12}\.woff2"\)', served
    )
