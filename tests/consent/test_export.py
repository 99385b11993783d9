"""Everything on a person in one ZIP: for machines and for people, whole or loudly not (D2.1)."""

import io
import json
import os
import re
import stat
import zipfile
from dataclasses import replace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext
from lxml import html

from accounts.models import Institution
from consent import access, export, privacy, subjects
from consent.labels import LABELS
from consent.models import Event, SubjectRequest
from consent.privacy import Erased, personal
from courses.models import Course, Enrolment
from crm import timeline
from mailing.models import Message
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def anna():
    person = factories.user("anna@example.org", name="Anna <Öst>").person
    factories.enrolment(factories.run(factories.course("Keraamiset materiaalit")), person)
    factories.grant(person)
    return person


def break_enrolments(monkeypatch):
    """Let the database refuse to read one holding, in the middle of a transaction."""
    holding = privacy.holdings["courses.enrolments"]
    error = personal("id", shown=lambda _subject: Q(pk__in=RawSQL("SELECT 1/0", [])))
    monkeypatch.setitem(privacy.holdings._entries, holding.name, replace(holding, columns=[error]))


@pytest.fixture
def broken(monkeypatch):
    break_enrolments(monkeypatch)


def opened(email="anna@example.org"):
    _found, packed = export.export(email)
    archive = zipfile.ZipFile(io.BytesIO(packed))
    return json.loads(archive.read("data.json")), archive.read("index.html").decode()


def section(data, name):
    return next(each for each in data["sections"] if each["name"] == name)


def test_the_machines_half_says_what_why_and_how_long(anna):
    data, _page = opened()
    assert (data["complete"], data["incomplete"]) == (True, [])
    assert data["person"] == {"addresses": ["anna@example.org"], "names": ["Anna <Öst>"]}
    mine = section(data, "courses.enrolments")
    assert (mine["reason"], mine["how_long"]) == (
        "the contract on a seat",
        "as long as the person is known",
    )
    assert mine["recipients"] == "the institution that gives the course, and its trainers"
    (row,) = mine["rows"]
    assert (row["status"], row["price_net"]) == ("confirmed", "1000.00")
    assert row["run"]["is"] == "Keraamiset materiaalit · 2026-12-07"
    assert section(data, "consent.events")["rows"][0]["wording"]["is"].startswith(
        "Haluan sähköpostiini"
    )


def test_what_is_left_out_is_named_with_its_reason(anna):
    data, _page = opened()
    assert section(data, "accounts.users")["withheld"] == {
        "password": "a hash, of use to a thief alone"
    }
    assert "password" not in section(data, "accounts.users")["rows"][0]


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("fi", "Mitä tietoja meillä on sinusta"),
        ("sv", "Vad vi har lagrat om dig"),
        ("en", "What we hold on you"),
    ],
)
def test_the_readable_half_is_in_the_persons_language(anna, language, title):
    anna.language = language
    anna.save()
    _data, page = opened()
    document = html.fromstring(page)
    assert document.get("lang") == language
    assert document.findtext(".//h1") == title
    assert [each.tag for each in document.iter("script", "link", "img", "iframe")] == []
    assert "http" not in page.replace("https://", "http").split("</style>")[0]
    assert "Anna &lt;Öst&gt;" in page
    assert "Keraamiset materiaalit" in page


def test_codes_are_told_in_words_and_keys_are_not_told_at_all(anna):
    shown = " ".join(html.fromstring(opened()[1]).text_content().split())
    for words in ("sähköposti", "lupa annettu", "Uutiskirje", "1000,00", "2026-12-07"):
        assert words in shown.replace("\xa0", " "), words
    assert str(Event.objects.get().chain_id) not in shown
    assert "Näistä ei ole luettavaa" in shown


def test_the_readable_half_can_be_walked_by_headings(anna):
    document = html.fromstring(opened()[1])
    titles = document.xpath("//h2/@id")
    assert len(titles) == len(set(titles)) > 5
    assert {link.lstrip("#") for link in document.xpath("//nav//a/@href")} <= set(titles)
    assert document.xpath("//main/@id") == ["content"]
    assert [int(each.tag[1]) for each in document.iter("h1", "h2", "h3")] == [1] + [2] * (
        len(document.findall(".//h2"))
    )


def test_no_english_is_left_in_the_finnish_page(anna):
    shown = " ".join(html.fromstring(opened()[1]).text_content().split())
    for holding in privacy.holdings:
        if holding.whose is not None:
            assert holding.reason not in shown
    assert re.findall(r"\b(the|person|kept|until)\b", shown) == []


def test_every_label_names_a_column():
    columns = {
        column.name
        for holding in privacy.holdings
        if holding.whose is not None or holding.links()
        for column in holding.each_column()
    }
    assert set(LABELS) - columns == set()


def test_others_names_are_not_in_it(anna):
    staff = factories.user("pekka@example.org", name="Pekka Pää")
    timeline.record("courses.enrolled", person=anna, by=staff, title="x")
    data, page = opened()
    assert "Pekka" not in json.dumps(data) + page
    assert "by" not in section(data, "crm.encounters")["rows"][0]


def test_what_names_the_person_elsewhere_is_told(anna):
    Course.objects.update(contact=anna.user)
    data, page = opened()
    assert section(data, "courses.courses")["points_to_you"] == [
        {"column": "contact", "key": Course.objects.get().pk, "is": "Keraamiset materiaalit"}
    ]
    assert "Näissä mainitaan sinut" in page


def test_looking_changes_nothing_but_the_request(anna):
    before = (Enrolment.objects.count(), Message.objects.count())
    opened()
    request = SubjectRequest.objects.get()
    assert (request.right, request.finished_at, request.subject) == ("access", NOW, {})
    assert (Enrolment.objects.count(), Message.objects.count()) == before


def test_a_long_history_costs_no_more_queries(anna):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            access.collect(subjects.known_by("anna@example.org"))
        return len(asked)

    before = queries()
    for number in range(5):
        factories.grant(anna, topic=factories.topic(f"aihe-{number}"))
    assert queries() == before


def test_uploaded_files_are_in_it(anna, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    name = default_storage.save("own/cv.pdf", ContentFile(b"CV"))
    Institution.objects.create(
        slug="own", name="Own", short_name="Own", logo=name, email="anna@example.org"
    )
    holding = privacy.holdings["accounts.institutions"]
    own = replace(
        holding,
        columns=[personal("id", "logo")],
        whose=privacy.of(email="email"),
        erased=Erased.DELETED,
    )
    monkeypatch.setitem(privacy.holdings._entries, own.name, own)
    _found, packed = export.export("anna@example.org")
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert archive.read(f"files/{name}") == b"CV"
    default_storage.delete(name)
    assert export.export("anna@example.org")[0].failed == ["accounts.institutions"]


# --- incomplete ----------------------------------------------------------------------------


def test_what_cannot_be_read_is_loud_and_loses_nothing_else(anna, broken, caplog):
    data, page = opened()
    assert (data["complete"], data["incomplete"]) == (False, ["courses.enrolments"])
    assert section(data, "courses.enrolments")["failed"] == "DataError"
    assert "rows" not in section(data, "courses.enrolments")
    assert section(data, "consent.events")["rows"]
    assert "Tästä puuttuu osia" in page
    assert html.fromstring(page).xpath("//section[@class='incomplete']//li/text()") == [
        "Ilmoittautumiset"
    ]
    assert "anna@" not in caplog.text
    assert SubjectRequest.objects.get().finished_at is None


def test_a_later_whole_export_answers_the_earlier_request(anna, monkeypatch):
    with monkeypatch.context() as patch:
        break_enrolments(patch)
        export.export("anna@example.org")
    assert SubjectRequest.objects.unfinished().count() == 1
    export.export("anna@example.org")
    assert (SubjectRequest.objects.count(), SubjectRequest.objects.unfinished().count()) == (2, 0)


def test_the_command_fails_and_names_the_part(anna, broken, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command(
            "subject_export", "anna@example.org", "--to", str(tmp_path / "a.zip"), "--json"
        )
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert json.loads(said.out)["incomplete"] == ["courses.enrolments"]
    assert "INCOMPLETE" in said.err
    assert zipfile.is_zipfile(tmp_path / "a.zip")


def test_the_command_writes_a_file_for_its_owner_alone(anna, tmp_path, capsys):
    file = tmp_path / "anna.zip"
    call_command("subject_export", "ANNA@example.org", "--to", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(zipfile.ZipFile(file).namelist()) == ["data.json", "index.html"]
    assert "rows of" in capsys.readouterr().out
    assert [each.name for each in tmp_path.iterdir()] == ["anna.zip"]


def test_an_unknown_address_is_said_to_be_so(anna, tmp_path):
    with pytest.raises(CommandError, match="Nobody is known by this address"):
        call_command("subject_export", "bo@example.org", "--to", str(tmp_path / "a.zip"))
    assert list(tmp_path.iterdir()) == []
    assert not SubjectRequest.objects.exists()


def test_the_command_does_not_put_the_file_in_place_of_what_is_none(anna, tmp_path):
    """As root it would replace a device for everybody on the machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(CommandError, match="is no file"):
        call_command("subject_export", "anna@example.org", "--to", str(pipe))
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".new")] == []
