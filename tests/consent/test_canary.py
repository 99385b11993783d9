"""A person marked in every declared column, and one who has really been here: exported whole, erased without a trace."""

import contextlib
import io
import json
import logging
import re
import zipfile
from dataclasses import replace

import pytest
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import translation

from accounts.models import Institution, User
from consent import erasure, export, privacy, verification
from consent.coverage import gaps
from consent.models import Person, Suppression
from consent.privacy import Erased
from courses.models import Course
from crm.models import Encounter
from mailing import gateway
from mailing.models import Delivery
from portal import invariants
from portal.logs import Masking
from portal.testing import FOLDER, MAILBOX
from portal.traces import kept_mails, texts
from tests import canary, factories
from tests.canary import Canary

pytestmark = pytest.mark.django_db(transaction=True)

# what names nobody once the owner's link is gone
STAYS = {"consent.events.source"}


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    """The mails this process's server keeps are the demo's; uploads are this test's."""
    settings.DEMO_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PRIVATE_ROOT = tmp_path / "private"
    (tmp_path / "mail").symlink_to(MAILBOX)


@contextlib.contextmanager
def declared(model, **changes):
    """Another declaration of the model while the block runs."""
    entries = privacy.holdings._entries
    (name,) = [name for name, each in entries.items() if each.model is model]
    kept = entries[name]
    entries[name] = replace(kept, **changes)
    try:
        yield
    finally:
        entries[name] = kept


def opened(email):
    found, packed = export.export(email)
    archive = zipfile.ZipFile(io.BytesIO(packed))
    return found, archive.read("data.json").decode(), archive.read("index.html").decode()


def withheld():
    return {
        f"{holding.name}.{column.name}"
        for holding in privacy.holdings
        for column in holding.each_column()
        if column.withheld
    }


def test_every_column_that_can_hold_text_has_a_marker():
    """A new column is marked by being declared; one that people cannot write into is named in `canary.DERIVED`."""
    assert canary.text_columns() - set(Canary().markers) == canary.DERIVED


def test_the_export_has_every_marker_and_no_other_persons_name():
    bird = Canary()
    found, data, page = opened(bird.email)
    assert found.failed == []
    assert set(bird.markers) - canary.found(data, bird.markers) == withheld() & set(bird.markers)
    assert "Salainen" not in data + page
    assert "virkailija@" not in data + page
    assert canary.found(page, bird.markers) >= {
        f"{name}"
        for name in bird.markers
        if name.rpartition(".")[2] in {"email", "name", "title_fi", "ip", "note"}
    }


def test_erased_nothing_is_left_but_what_is_declared():
    bird = Canary()
    before = canary.found(canary.dump(), bird.markers)
    assert before == set(bird.markers)
    request = erasure.erase(bird.email)
    assert request.finished_at is not None
    assert canary.found(canary.dump(), bird.markers) == STAYS
    assert not Session.objects.exists()
    assert Course.objects.get().contact is None
    assert Institution.objects.get().email == ""
    assert [(each["holding"], each["rows"]) for each in request.outcome["kept"]] == [
        ("courses.enrolments", 1)
    ]
    assert verification.verify() == []
    assert invariants.broken() == {}


def test_control_a_column_left_out_of_emptying_is_found():
    bird = Canary()
    holding = next(each for each in privacy.holdings if each.model is User)
    columns = [
        [
            replace(column, is_emptied=column.is_emptied and column.name != "phone")
            for column in group
        ]
        for group in holding.columns
    ]
    with declared(User, columns=columns):
        erasure.erase(bird.email)
    left = canary.found(canary.dump(), bird.markers)
    assert left == STAYS | {"accounts.users.phone", "accounts.users.changes.phone"}


def test_control_rows_left_out_of_erasure_are_found():
    bird = Canary()
    with declared(Encounter, erased=Erased.STAYS):
        erasure.erase(bird.email)
    left = canary.found(canary.dump(), bird.markers) - STAYS
    left = {name for name in left if ".changes." not in name}  # the same words, of the row
    assert left == {f"crm.encounters.{name}" for name in ("kind", "data", "text")}


def test_control_a_column_nobody_declared_is_refused():
    holding = next(each for each in privacy.holdings if each.model is Encounter)
    columns = [[column for column in group if column.name != "data"] for group in holding.columns]
    with declared(Encounter, columns=columns):
        assert gaps(privacy.holdings, privacy.tables) == ["crm.Encounter: data undeclared"]


# --- one who has really been here -------------------------------------------------------------

EMAIL, NAME, BROWSER, NETWORK = (
    "tiina.kanarinen@example.org",
    "Tiina Kanarinen",
    "Kanariselain/7",
    "203.0.113.77",
)
TRACES = [EMAIL, NAME, "Kanarinen", BROWSER, NETWORK]


class Visitor:
    """Somebody at the site's pages, with a browser and an address of their own."""

    def __init__(self, client):
        self.client = client
        self.seen = {"REMOTE_ADDR": NETWORK, "HTTP_USER_AGENT": BROWSER}

    def post(self, page, **values):
        answer = self.client.post(page, values, **self.seen)
        assert answer.status_code in {200, 302}, answer.content.decode()
        return answer

    def secret(self, name):
        return Delivery.objects.filter(address=EMAIL).latest("pk").message.secrets[name]


def journey(client, run):
    """Enrol by code, ask for the newsletter and confirm it, get the mails, sign in, be changed by staff in /admin/."""
    visitor = Visitor(client)
    with translation.override("en"):
        enrol, code, login = (
            reverse(f"courses:{name}", args=[run.course.slug, run.pk])
            for name in ("run_enrol", "run_enrol_code", "run_enrol")
        )
    visitor.post(enrol, name=NAME, email=EMAIL, expects="seat")
    visitor.post(code, code=visitor.secret("code"))
    visitor.post("/en/newsletter/", email=EMAIL, frequency="weekly", language="sv")
    visitor.post(visitor.secret("confirm_url").removeprefix(settings.BASE_URL))
    assert login
    person = Person.objects.known_by(EMAIL).get()
    LogEntry.objects.create(
        user=factories.user(name="Pekka Pää"),
        content_type=ContentType.objects.get_for_model(Person),
        object_id=str(person.pk),
        object_repr=NAME,
        action_flag=CHANGE,
        change_message=f"{NAME}: name",
    )
    gateway.drain()
    return person


def everywhere(tmp_path):
    """Text by text, all places where a trace could be."""
    mails = [" ".join(texts(export_mail(file))) for file in kept_mails()]
    media = [
        file.read_bytes().decode(errors="replace")
        for file in (tmp_path / "media").rglob("*")
        if file.is_file()
    ]
    return {
        "database": canary.dump(),
        "sessions": " ".join(str(each.get_decoded()) for each in Session.objects.all()),
        "Valkey": canary.in_valkey(),
        "mails": " ".join(mails),
        "media": " ".join(media),
        "outside": settings.SUPPRESSION_FILE.read_text()
        if settings.SUPPRESSION_FILE.exists()
        else "",
    }


def export_mail(file):
    import email
    import email.policy

    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def traces(tmp_path):
    return {
        place: sorted(mark for mark in TRACES if mark.lower() in text.lower())
        for place, text in everywhere(tmp_path).items()
        if any(mark.lower() in text.lower() for mark in TRACES)
    }


def test_a_real_visit_is_found_everywhere_and_then_nowhere(client, inbox, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    log = FOLDER / "postgres.log"
    read_to = log.stat().st_size
    person = journey(client, factories.run(enrolment_closes_at=factories.NOW.replace(year=2100)))
    assert len(inbox(4)) == 4
    assert traces(tmp_path).keys() == {"database", "sessions", "Valkey", "mails"}
    _found, data, page = opened(EMAIL)
    for mark in TRACES:
        assert mark in data
    assert NAME in page
    assert '<html lang="fi">' in page or '<html lang="en">' in page
    assert "Pekka" not in data + page
    request = erasure.erase(EMAIL)
    assert request.finished_at is not None
    assert traces(tmp_path) == {}
    assert not Person.objects.filter(pk=person.pk).exists()
    assert Suppression.objects.get().reason == "erased"
    assert invariants.broken() == {}
    assert verification.verify() == []
    lines = [
        Masking("%(name)s %(message)s").format(record)
        for record in caplog.records
        if not record.name.startswith("django.db.backends")
    ]
    said = "\n".join(lines) + log.read_bytes()[read_to:].decode()
    assert [mark for mark in TRACES if mark in said] == []
    assert re.search(r"\b\d{8}\b", "\n".join(lines)) is None  # no code to sign in with
    assert json.loads(data)["complete"] is True
