"""Where uploaded files lie, and that private ones have no address."""

import pytest
from django.core.files.base import ContentFile

from consent import uploads


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PRIVATE_ROOT = tmp_path / "private"


def test_a_private_file_lies_outside_the_media_and_has_no_address(settings):
    name = uploads.private_files().save("attachments/offer.txt", ContentFile(b"offer"))
    assert (settings.PRIVATE_ROOT / name).read_bytes() == b"offer"
    assert not settings.MEDIA_ROOT.exists()
    with pytest.raises(ValueError, match="not accessible via a URL"):
        uploads.private_files().url(name)


def test_a_private_file_is_opened_and_deleted_by_its_name():
    name = uploads.PREFIX + uploads.private_files().save("attachments/a.txt", ContentFile(b"a"))
    with uploads.open_file(name) as file:
        assert file.read() == b"a"
    uploads.delete_file(name)
    uploads.delete_file(name)
    with pytest.raises(FileNotFoundError):
        uploads.open_file(name)
