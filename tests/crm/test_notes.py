"""What staff write on a timeline, who reads it, and that two editors never write over each other (C2.2, A14)."""

import pytest
from django.db import DataError

from accounts.audit import audited
from consent import ledger
from consent.restriction import RestrictedError
from crm import notes, tasks, timeline, versions
from crm.models import Encounter, Task
from crm.notes import Note, Step
from tests import factories
from tests.crm.conftest import ENGLISH, dom, page_of, see, words
from tests.factories import DAY, NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

SECRET = "Puhui avoimesti terveydestään"


def write(client, customer, **said):
    values = {"kind": "crm.call", "text": "Soitin ja kysyin", **said}
    return client.post(f"{page_of(customer)}notes/", values, headers=ENGLISH)


# --- three fields -----------------------------------------------------------------------------


def test_kind_words_and_a_next_step_are_all_it_asks(client, seller, anna):
    answer = write(client, anna, step_what="Lähetä esite", step_on="2026-12-01")
    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(anna))
    encounter, task = Encounter.objects.get(), Task.objects.get()
    assert (encounter.kind, encounter.channel, encounter.text) == (
        "crm.call",
        "phone",
        "Soitin ja kysyin",
    )
    assert (encounter.person, encounter.by, encounter.at) == (anna, seller, NOW)
    assert (task.what, task.kind, task.person, task.encounter) == (
        "Lähetä esite",
        "step",
        anna,
        encounter,
    )
    assert (task.assignee, task.created_by) == (seller, seller)
    assert task.due_at == tasks.end_of(TODAY.replace(month=12, day=1))


def test_the_form_has_three_questions_and_folds_the_rest(client, seller, anna):
    form = dom(client.get(page_of(anna))).xpath("//form[contains(@class, 'note-form')]")[0]
    questions = form.xpath("./div[contains(@class, 'field')]")
    assert len(questions) == 3
    folded = form.xpath("./details[not(@open)]//*[@name]/@name")
    assert folded == ["at", "visibility", "file"]
    assert form.xpath(".//textarea/@data-sends") == ["ctrl-enter"]


def test_a_step_without_a_day_is_due_in_a_week(client, seller, anna):
    write(client, anna, step_what="Soita taas")
    assert Task.objects.get().due_at == tasks.end_of(TODAY + 7 * DAY)


def test_without_a_next_step_there_is_no_task(client, seller, anna):
    write(client, anna)
    assert not Task.objects.exists()


@pytest.mark.parametrize("kind", [kind.name for kind in timeline.written()])
def test_every_kind_has_its_channel(client, seller, konepaja, kind):
    write(client, konepaja, kind=kind)
    encounter = Encounter.objects.get()
    assert (encounter.organisation, encounter.person) == (konepaja, None)
    assert encounter.channel == {"crm.call": "phone", "crm.note": ""}.get(
        kind, kind.removeprefix("crm.")
    )


def test_what_happened_earlier_is_written_at_its_moment(client, seller, anna):
    write(client, anna, at="2026-11-20T09:30")
    assert Encounter.objects.get().at.isoformat() == "2026-11-20T07:30:00+00:00"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "crm.juggling"},
        {"kind": "courses.enrolled"},
        {"kind": ""},
        {"text": ""},
        {"text": "x" * 10_001},
        {"text": "nolla\0"},
        {"at": "2026-11-25T09:00"},
        {"at": "0001-01-01T00:00"},
        {"at": "eilen"},
        {"step_on": "2026-12-01"},
        {"step_what": "Soita", "step_on": "2026-11-22"},
        {"step_what": "Soita", "step_on": "9999-12-31"},
        {"step_what": "x" * 201},
    ],
    ids=lambda wrong: str(wrong)[:40],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(client, seller, anna, wrong):
    answer = write(client, anna, **wrong)
    assert answer.status_code == 422
    assert dom(answer, 422).cssselect(".error-summary")
    assert not Encounter.objects.exists()
    assert not Task.objects.exists()


def test_lone_surrogates_are_no_text(client, seller, anna):
    answer = client.post(
        f"{page_of(anna)}notes/",
        data=b"kind=crm.note&text=%ED%A0%80",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 400
    assert not Encounter.objects.exists()


def test_who_may_only_read_writes_nothing(client, tamk, anna):
    client.force_login(factories.staff(tamk, "auditor"))
    assert write(client, anna).status_code == 403
    assert not Encounter.objects.exists()


def test_a_kind_of_the_portal_is_not_written_by_hand(anna, seller):
    with pytest.raises(notes.NotWrittenError):
        notes.add(Note("courses.enrolled", "Ilmoittautui"), person=anna, by=seller)
    assert not Encounter.objects.exists()


def test_a_note_is_about_somebody(seller):
    with pytest.raises(timeline.NobodysError):
        notes.add(Note("crm.note", "Kenestä?"), by=seller)
    assert not Encounter.objects.exists()


def test_a_restricted_person_gets_no_notes(anna, seller):
    ledger.restrict(anna, method="form")
    with pytest.raises(RestrictedError):
        notes.add(Note("crm.note", "Hei", step=Step("Soita")), person=anna, by=seller)
    assert (Encounter.objects.count(), Task.objects.count()) == (0, 0)


def test_a_step_that_cannot_be_kept_takes_the_note_with_it(anna, seller):
    with pytest.raises(DataError):
        notes.add(Note("crm.note", "Hei", step=Step("x" * 201)), person=anna, by=seller)
    assert (Encounter.objects.count(), Task.objects.count()) == (0, 0)


# --- who reads it -----------------------------------------------------------------------------


@pytest.fixture
def secret(anna, coordinator):
    return notes.add(Note("crm.note", SECRET, visibility="sensitive"), person=anna, by=coordinator)


def test_others_see_that_there_is_a_sensitive_note_and_not_its_words(client, seller, anna, secret):
    seen = see(client, anna)
    assert SECRET not in seen
    assert "Note A sensitive note. You have no right to read it. Liisa Virtanen" in seen


def test_who_may_read_sensitive_notes_reads_it(client, coordinator, anna, secret):
    client.force_login(coordinator)
    assert SECRET in see(client, anna)


def test_whoever_wrote_it_reads_their_own(client, seller, anna):
    write(client, anna, text=SECRET, visibility="on")
    assert Encounter.objects.get().visibility == "sensitive"
    assert SECRET in see(client, anna)


def test_the_words_are_not_even_fetched_for_others(seller, coordinator, secret):
    """The query itself leaves them out: no template can show what it was never given."""
    (row,) = Encounter.objects.readable_by(seller)
    assert (row.words, row.is_closed, "text" in row.__dict__) == ("", True, False)
    (row,) = Encounter.objects.readable_by(coordinator)
    assert (row.words, row.is_closed) == (SECRET, False)


def test_a_note_one_may_not_read_is_not_edited_either(client, seller, secret):
    assert client.get(f"/staff/notes/{secret.pk}/").status_code == 404
    values = {"text": "x", "version": 1}
    assert client.post(f"/staff/notes/{secret.pk}/", values).status_code == 404
    secret.refresh_from_db()
    assert (secret.text, secret.version) == (SECRET, 1)


# --- edits ------------------------------------------------------------------------------------


@pytest.fixture
def call(anna, seller):
    return notes.add(Note("crm.call", "Ensin näin"), person=anna, by=seller)


def test_an_edit_counts_and_is_marked(client, seller, anna, call):
    values = {"text": "Sittenkin näin", "version": 1}
    assert client.post(f"/staff/notes/{call.pk}/", values).headers["Location"] == page_of(anna)
    call.refresh_from_db()
    assert (call.text, call.version, call.at) == ("Sittenkin näin", 2, NOW)
    assert "edited by Matti Myyjä Mon 23 Nov 2026 12:00" in see(client, anna)


def test_the_earlier_words_are_in_the_audit_and_nowhere_else(client, seller, call):
    client.post(f"/staff/notes/{call.pk}/", {"text": "Sittenkin näin", "version": 1})
    kept = audited["crm.encounter"].changes.objects.filter(pgh_obj=call.pk).order_by("pgh_id")
    assert list(kept.values_list("text", "version")) == [("Ensin näin", 1), ("Sittenkin näin", 2)]
    assert "Ensin näin" not in see(client, call.person)


def test_the_newest_edit_counts_and_a_move_is_none(client, seller, coordinator, anna, call):
    for no, user in ((1, seller), (2, coordinator)):
        client.force_login(user)
        client.post(f"/staff/notes/{call.pk}/", {"text": f"Kerta {no}", "version": no})
    Encounter.objects.update(person=factories.person())  # as a merge moves it, by nobody
    Encounter.objects.update(person=anna)
    assert "edited by Liisa Virtanen Mon 23 Nov 2026" in see(client, anna)


def test_the_same_words_change_nothing(call):
    notes.edit(call, version=1, text="Ensin näin", visibility="staff")
    call.refresh_from_db()
    assert call.version == 1


def test_whoever_is_slower_is_told_and_nothing_is_lost(client, seller, call):
    notes.edit(call, version=1, text="Kollegan sanat", visibility="staff")
    answer = client.post(
        f"/staff/notes/{call.pk}/", {"text": "Omat sanani", "version": 1}, headers=ENGLISH
    )
    seen = words(answer, 409)
    assert "A colleague has edited this note meanwhile" in seen
    assert "Kollegan sanat" in seen
    assert "Omat sanani" in seen
    call.refresh_from_db()
    assert (call.text, call.version) == ("Kollegan sanat", 2)
    version = dom(answer, 409).xpath("//input[@name='version']/@value")
    assert version == ["2"]


def test_without_the_version_the_slower_would_write_over_the_other(call):
    """The control: the version alone keeps them apart."""
    notes.edit(call, version=1, text="Kollegan sanat", visibility="staff")
    with pytest.raises(versions.StaleError):
        notes.edit(call, version=1, text="Omat", visibility="staff")
    notes.edit(call, version=2, text="Omat", visibility="staff")
    call.refresh_from_db()
    assert call.text == "Omat"


def test_the_row_is_locked_before_it_is_read(call, django_assert_num_queries):
    with django_assert_num_queries(5) as queries:  # savepoint, lock, restricted?, write, release
        notes.edit(call, version=1, text="Uusi", visibility="staff")
    assert "FOR UPDATE" in queries.captured_queries[1]["sql"]


def test_what_the_portal_recorded_is_not_edited(client, seller, anna):
    enrolled = timeline.record("courses.enrolled", person=anna, title="x")
    assert client.get(f"/staff/notes/{enrolled.pk}/").status_code == 404
    with pytest.raises(notes.NotWrittenError):
        notes.edit(enrolled, version=1, text="x", visibility="staff")


@pytest.mark.parametrize("version", ["", "0", "x", str(10**20)])
def test_an_edit_without_its_version_is_refused(client, seller, call, version):
    answer = client.post(f"/staff/notes/{call.pk}/", {"text": "Uusi", "version": version})
    assert answer.status_code == 422
    call.refresh_from_db()
    assert (call.text, call.version) == ("Ensin näin", 1)


# --- plain words ------------------------------------------------------------------------------

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "[x](javascript:alert(1))",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'http://a.fi/"onmouseover="alert(1)',
    "http://a.fi/<script>alert(1)</script>",
    "www.a.fi/'><img/src=x/onerror=alert(1)>",
    "<math><mtext></p><style><a id='</style><img src=x onerror=alert(1)>'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<a href=' javascript:alert(1)'>x</a>",
    "jav\tascript:alert(1)",
    "\u202ehttp://moc.live/\u202c",
    "<ul><li><ul><li onclick=alert(1)>x",
    "mailto:a@b.fi?subject=<script>alert(1)</script>",
    "{{ 7*7 }}{% load x %}",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_note_is_words_and_nothing_else(client, seller, anna, attack):
    write(client, anna, text=attack)
    words_of = dom(client.get(page_of(anna))).cssselect(".event__words")[0]
    allowed = {"div", "p", "br", "a"}
    assert {each.tag for each in words_of.iter()} <= allowed
    for each in words_of.iter():
        assert set(each.keys()) <= {"class", "href", "rel"}
    for href in words_of.xpath(".//a/@href"):
        assert href.startswith(("http://", "https://", "mailto:"))
    assert "49" not in words_of.text_content()


def test_links_are_links_and_lines_are_lines(client, seller, anna):
    write(client, anna, text="Katso https://example.org/a?b=1&c=2\ntoinen rivi\n\ntoinen kappale")
    words_of = dom(client.get(page_of(anna))).cssselect(".event__words")[0]
    (link,) = words_of.xpath(".//a")
    assert (link.get("href"), link.get("rel")) == ("https://example.org/a?b=1&c=2", "nofollow")
    assert len(words_of.xpath("./p")) == 2
    assert len(words_of.xpath(".//br")) == 1
