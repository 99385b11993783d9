"""Files with a note: harmless kinds alone, known by content, private, and never a row without its file (A05, F22)."""

import errno
import io
import os
import time
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from PIL import Image

from consent import erasure
from crm import attachments, filetypes, jobs, notes
from crm.attachments import Checked
from crm.models import Attachment, Encounter, Look
from crm.notes import Note
from tests import factories
from tests.crm.conftest import ENGLISH, dom, page_of, words

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
DOCX = {"[Content_Types].xml": TYPES, "word/document.xml": b"<w/>"}
ODT = {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<o/>"}


def packed(parts, **options):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return kept.getvalue()


def picture(form="JPEG", size=(8, 6), **more):
    kept = io.BytesIO()
    Image.new("RGB", size, "red").save(kept, form, **more)
    return kept.getvalue()


def with_place():
    """A photo that tells where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Kameravalmistaja"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (61.0, 29.0, 53.0)
    return picture(exif=exif)


def send(client, customer, content, name, kind="application/octet-stream"):
    file = SimpleUploadedFile(name, content, content_type=kind)
    values = {"kind": "crm.note", "text": "Liitteenä", "file": file}
    return client.post(f"{page_of(customer)}notes/", values, headers=ENGLISH)


def files(settings):
    return sorted(each for each in settings.PRIVATE_ROOT.rglob("*") if each.is_file())


@pytest.fixture
def attached(anna, coordinator):
    """A file with a note that all staff may read."""
    file = Checked("tarjous.pdf", "pdf", PDF)
    note = notes.add(Note("crm.note", "Liitteenä", files=(file,)), person=anna, by=coordinator)
    return note.attachments.get()


# --- what is taken in ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        ("tarjous.pdf", PDF, "pdf"),
        ("Kuva.JPG", picture(), "jpg"),
        ("kuva.png", picture("PNG"), "png"),
        ("kuva.webp", picture("WEBP"), "webp"),
        ("muistio.docx", packed(DOCX), "docx"),
        ("muistio.odt", packed(ODT), "odt"),
        ("luettelo.csv", "nimi;määrä\nÄiti;1\n".encode(), "txt"),
    ],
    ids=lambda sent: sent[0],
)
def test_harmless_kinds_are_kept_under_a_random_name(client, seller, anna, settings, sent):
    name, content, kind = sent
    assert send(client, anna, content, name).status_code == 302
    row = Attachment.objects.get()
    assert (row.name.lower(), row.kind, row.by) == (name.lower(), kind, seller)
    (file,) = files(settings)
    assert file.relative_to(settings.PRIVATE_ROOT).as_posix() == row.file.name
    assert name.rpartition(".")[0].lower() not in row.file.name
    assert len(file.stem) == 32
    assert row.size == file.stat().st_size


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kuva.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("kuva.png", b"<html><script>alert(1)</script></html>"),
        ("kuva.png", picture("GIF")),
        ("kuva.jpg", picture()[:40]),
        ("sivu.html", b"<script>alert(1)</script>"),
        ("tarjous.pdf", b"<script>alert(1)</script>%PDF-1.7 %%EOF"),
        ("tarjous.pdf", b"%PDF-1.7 without an end"),
        ("ohjelma.exe", b"MZ\x90\x00"),
        ("ohjelma.txt", b"MZ\x90\x00"),
        ("latin.txt", "äiti".encode("latin-1")),
        ("tyhja.txt", b""),
        ("ilman-paatetta", b"hei"),
        ("muistio.docx", packed({"[Content_Types].xml": TYPES})),
        ("muistio.docx", packed(ODT)),
        ("muistio.docx", packed({**DOCX, "word/vbaProject.bin": b"x"})),
        ("muistio.docx", packed({**DOCX, "../../x": b"x"})),
        ("muistio.docx", packed({**DOCX, "/etc/passwd": b"x"})),
        ("muistio.docx", packed(DOCX)[:-30]),
        ("muistio.docx", b"GIF89a" + packed(DOCX)),
        (
            "muistio.docx",
            packed({**DOCX, "[Content_Types].xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
        ),
        ("muistio.odt", packed({**ODT, "Basic/script.xml": b"x"})),
        ("muistio.ods", packed(ODT)),
    ],
)
def test_what_it_is_not_is_refused_and_nothing_is_kept(
    client, seller, anna, settings, name, content
):
    answer = send(client, anna, content, name, "image/png")
    assert answer.status_code == 422
    assert not Encounter.objects.exists()
    assert files(settings) == []


def test_who_is_refused_learns_what_is_taken_in(client, seller, anna):
    seen = words(send(client, anna, b"MZ", "a.exe"), 422)
    assert "This kind of file is not taken in, or it is not what its name says." in seen
    assert "These are: pdf, jpg, jpeg, png, webp, docx" in seen


def test_a_zip_that_unpacks_to_too_much_is_refused_without_unpacking(
    client, seller, anna, settings, monkeypatch
):
    bomb = packed({**DOCX, "word/bomb.xml": b"0" * (filetypes.LARGEST_UNPACKED + 1)})
    assert len(bomb) < 200_000
    unpacked = []
    monkeypatch.setattr(zipfile.ZipFile, "testzip", unpacked.append)
    seen = words(send(client, anna, bomb, "muistio.docx"), 422)
    assert "The file is larger than 10 MB." in seen
    assert (unpacked, files(settings)) == ([], [])


def test_too_many_parts_are_refused(client, seller, anna, settings):
    many = {f"word/{no}.xml": b"" for no in range(filetypes.MOST_PARTS)}
    assert send(client, anna, packed({**DOCX, **many}), "muistio.docx").status_code == 422
    assert files(settings) == []


def test_a_picture_of_too_many_points_is_refused_before_it_is_drawn(client, seller, anna):
    large = picture("PNG", size=(10_000, 5_001))
    assert len(large) < 1_000_000
    assert send(client, anna, large, "kuva.png").status_code == 422
    assert not Encounter.objects.exists()


def test_more_than_ten_megabytes_are_refused(client, seller, anna, settings):
    assert send(client, anna, b"x" * (filetypes.LARGEST + 1), "a.txt").status_code == 422
    assert files(settings) == []


def test_a_photo_forgets_where_it_was_taken(client, seller, anna):
    assert b"Kameravalmistaja" in with_place()
    send(client, anna, with_place(), "kuva.jpg")
    with Attachment.objects.get().file.open() as file, Image.open(file) as kept:
        assert (dict(kept.getexif()), kept.size) == ({}, (8, 6))
        assert kept.getpixel((3, 3))[0] > 240


def test_what_hides_behind_a_picture_is_not_kept(client, seller, anna):
    send(client, anna, picture("PNG") + b"<script>alert(1)</script>", "kuva.png")
    with Attachment.objects.get().file.open() as kept:
        assert b"script" not in kept.read()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\temp\\a.txt", "C__temp_a.txt"),
        ("tarjous\u202efdp.txt", "tarjousfdp.txt"),
        ('a"; filename="x.html.txt', "a_; filename=_x.html.txt"),
        (f"{'ä' * 300}.txt", f"{'ä' * 120}.txt"),
        ("...txt", "attachments.txt"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
    ],
)
def test_a_name_is_a_name_and_no_path(sent, kept):
    assert attachments.plain_name(sent.rpartition("/")[2]) == kept


# --- who gets it --------------------------------------------------------------------------------


def test_a_file_is_saved_and_never_shown_as_a_page(client, seller, attached):
    answer = client.get(f"/staff/attachments/{attached.pk}/")
    assert b"".join(answer.streaming_content) == PDF
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tarjous.pdf"'
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert sorted(policy) == ["default-src 'none'", "sandbox"]
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_the_look_at_a_file_is_written_down(client, seller, attached, anna):
    answer = client.get(f"/staff/attachments/{attached.pk}/")
    assert b"".join(answer.streaming_content) == PDF
    look = Look.objects.get()
    assert (look.person, look.by, look.page) == (anna, seller, "attachment")


def test_a_sensitive_notes_file_is_found_by_those_who_may_read_the_note(
    client, seller, coordinator, attached
):
    Encounter.objects.update(visibility="sensitive")
    path = f"/staff/attachments/{attached.pk}/"
    assert client.get(path).status_code == 404
    assert client.post(f"{path}delete/").status_code == 404
    assert "tarjous.pdf" not in client.get(page_of(attached.encounter.person)).content.decode()
    client.force_login(coordinator)
    answer = client.get(path)
    assert b"".join(answer.streaming_content) == PDF
    assert Attachment.objects.exists()


def test_it_is_not_found_by_strangers(client, attached):
    path = f"/staff/attachments/{attached.pk}/"
    assert client.get(path).status_code == 302
    client.force_login(factories.user())
    assert client.get(path).status_code == 403
    assert client.get(f"/media/{attached.file.name}").status_code == 404


def test_a_file_that_is_gone_is_said_so(client, seller, attached, caplog):
    Path(attached.file.path).unlink()
    assert client.get(f"/staff/attachments/{attached.pk}/").status_code == 410
    jobs.sweep_attachments()
    assert f"the files of rows [{attached.pk}] are gone" in caplog.text


# --- never one without the other ------------------------------------------------------------------


def test_a_full_disk_leaves_neither_note_nor_row_nor_file(
    client, seller, anna, settings, monkeypatch
):
    def no_room(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    seen = words(send(client, anna, PDF, "tarjous.pdf"), 507)
    assert "The file could not be stored, so nothing was written." in seen
    assert "Liitteenä" in seen
    assert (Encounter.objects.count(), Attachment.objects.count()) == (0, 0)
    assert files(settings) == []


def test_the_file_is_on_the_disk_before_its_row_is_written(anna, seller, monkeypatch):
    order, create = [], Attachment.objects.create

    def note(**values):
        order.append("row")
        return create(**values)

    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("disk"), fsync(handle)))
    monkeypatch.setattr(Attachment.objects, "create", note)
    file = Checked("a.txt", "txt", b"a")
    notes.add(Note("crm.note", "x", files=(file,)), person=anna, by=seller)
    assert order == ["disk", "disk", "row"]  # the file, and its name in the folder


def test_a_transaction_that_comes_to_nothing_leaves_a_file_that_is_swept(
    anna, seller, settings, attached
):
    file = Checked("a.txt", "txt", b"a")
    with transaction.atomic():
        notes.add(Note("crm.note", "x", files=(file,)), person=anna, by=seller)
        transaction.set_rollback(True)
    assert (Attachment.objects.count(), len(files(settings))) == (1, 2)
    now = timezone.now()
    assert attachments.sweep(now=now) == 0  # its transaction might still be under way
    for each in files(settings):
        os.utime(each, (time.time() - 90_000,) * 2)
    assert jobs.sweep_attachments() == 1
    assert [each.name for each in files(settings)] == [attached.file.name.partition("/")[2]]
    assert jobs.sweep_attachments() == 0


def test_a_file_that_should_not_be_there_is_deleted(
    client, seller, attached, settings, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"/staff/attachments/{attached.pk}/delete/")
    assert answer.headers["Location"] == page_of(attached.encounter.person)
    assert not Attachment.objects.exists()
    assert files(settings) == []


def test_an_erased_persons_files_go_with_the_notes(attached, settings):
    request = erasure.erase("anna@konepaja.fi")
    assert request.finished_at
    assert (Encounter.objects.count(), files(settings)) == (0, [])


def test_the_form_takes_files(client, seller, anna):
    form = dom(client.get(page_of(anna))).xpath("//form[.//input[@type='file']]")[0]
    assert form.get("enctype") == "multipart/form-data"
