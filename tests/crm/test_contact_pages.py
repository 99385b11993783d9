"""Staff's pages on who answers: loads, absences, rules, handing over, one's own card (C5.1–C5.3)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import html
from PIL import Image

from accounts.models import User
from crm.models import Absence, ContactRule, NamedContact
from tests import factories
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db
CONTACTS = "/staff/contacts/"


@pytest.fixture(autouse=True)
def _noon(set_clock, settings, tmp_path):
    set_clock(NOW)
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def aino(client):
    made = factories.staff(None, "coordinator", "aino@example.org", name="Aino Mäkelä")
    client.force_login(made)
    return made


@pytest.fixture
def bo():
    return factories.staff(None, "sales", name="Bo Öst")


def absence(user, deputy, **fields):
    days = {"since": TODAY + DAY, "until": TODAY + 3 * DAY, **fields}
    return {
        f"absence-{key}": value for key, value in {"user": user, "deputy": deputy, **days}.items()
    }


def test_the_loads_are_told_in_numbers(client, aino, bo):
    NamedContact.objects.create(person=factories.person(), user=bo, chosen="rule")
    NamedContact.objects.create(organisation=factories.organisation(), user=bo, chosen="rule")
    page = html.fromstring(client.get(CONTACTS).content)
    rows = [
        [cell.text_content().strip() for cell in row][:3]
        for row in page.cssselect(".loads tbody tr")
    ]
    assert rows == [["Aino Mäkelä", "0", "0"], ["Bo Öst", "2", "1"]]
    assert [bar.get("width") for bar in page.cssselect(".loads rect")] == ["0", "100"]


def test_the_page_costs_the_same_with_more_staff(client, aino, django_assert_num_queries):
    client.get(CONTACTS)
    for _ in range(2):
        factories.staff(None, "sales")
        with django_assert_num_queries(16):
            client.get(CONTACTS)


def test_marking_and_ending_an_absence(client, aino, bo):
    assert client.post(f"{CONTACTS}absences/", absence(bo.pk, aino.pk)).status_code == 302
    marked = Absence.objects.get()
    assert (marked.user, marked.deputy, marked.since) == (bo, aino, TODAY + DAY)
    assert "Bo Öst" in client.get(CONTACTS).content.decode()
    assert client.post(f"/staff/absences/{marked.pk}/end/").status_code == 302
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"absence-deputy": ""},
        {"absence-until": TODAY},
        {"absence-until": "2126-01-01"},
        {"absence-since": "nonsense"},
        {"absence-until": "99999-99-99"},
        {"absence-user": "9" * 30},
    ],
)
def test_a_wrong_absence_is_refused(client, aino, bo, wrong):
    answer = client.post(f"{CONTACTS}absences/", absence(bo.pk, aino.pk) | wrong)
    assert answer.status_code == 422
    assert not Absence.objects.exists()


def test_oneself_is_no_deputy(client, aino):
    assert client.post(f"{CONTACTS}absences/", absence(aino.pk, aino.pk)).status_code == 422


def test_a_deputy_who_is_away_is_refused_with_the_day(client, aino, bo):
    Absence.objects.create(user=bo, deputy=aino, since=TODAY + 2 * DAY, until=TODAY + 2 * DAY)
    answer = client.post(f"{CONTACTS}absences/", absence(aino.pk, bo.pk))
    assert answer.status_code == 422
    assert "25.11.2026" in answer.content.decode()
    assert Absence.objects.count() == 1


def test_overlapping_days_are_refused(client, aino, bo):
    Absence.objects.create(user=bo, deputy=aino, since=TODAY, until=TODAY + DAY)
    assert client.post(f"{CONTACTS}absences/", absence(bo.pk, aino.pk)).status_code == 422
    assert Absence.objects.count() == 1


def test_anybody_of_staff_marks_ones_own_and_nobody_elses(client, aino, bo):
    theirs = Absence.objects.create(user=aino, deputy=bo, since=TODAY + DAY, until=TODAY + DAY)
    client.force_login(bo)
    form = {"since": TODAY + 5 * DAY, "until": TODAY + 6 * DAY, "deputy": aino.pk, "user": aino.pk}
    assert client.post("/staff/me/absences/", form).status_code == 302
    assert Absence.objects.exclude(pk=theirs.pk).get().user == bo
    assert client.post(f"/staff/absences/{theirs.pk}/end/").status_code == 404
    assert client.post(f"{CONTACTS}absences/", absence(aino.pk, bo.pk)).status_code == 403
    assert Absence.objects.count() == 2


def test_rules_come_and_go(client, aino):
    form = {"rule-user": aino.pk, "rule-share": 50, "rule-institution": "", "rule-topic": ""}
    assert client.post(f"{CONTACTS}rules/", form).status_code == 302
    rule = ContactRule.objects.get()
    assert (rule.user, rule.share) == (aino, 50)
    assert client.post(f"{CONTACTS}rules/", form).status_code == 422  # the same once more
    assert client.post(f"{CONTACTS}rules/", form | {"rule-share": 101}).status_code == 422
    assert ContactRule.objects.count() == 1
    assert client.post(f"{CONTACTS}rules/{rule.pk}/delete/").status_code == 302
    assert not ContactRule.objects.exists()


def test_handing_over(client, aino, bo):
    person = factories.person()
    NamedContact.objects.create(person=person, user=aino, chosen="rule")
    form = {"hand-giver": aino.pk, "hand-taker": bo.pk}
    assert client.post(f"{CONTACTS}hand-over/", form).status_code == 302
    assert NamedContact.objects.current().get().user == bo
    assert client.post(f"{CONTACTS}hand-over/", form | {"hand-taker": aino.pk}).status_code == 422


@pytest.mark.parametrize("kind", ["people", "organisations"])
def test_one_customers_contact_is_chosen_by_hand(client, aino, bo, kind):
    customer = factories.person() if kind == "people" else factories.organisation()
    page = f"/staff/{kind}/{customer.pk}/contact/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"user": ""}).status_code == 422
    assert client.post(page, {"user": bo.pk}).status_code == 302
    named = NamedContact.objects.get()
    assert (named.user, named.chosen, named.by) == (bo, "hand", aino)
    assert "Bo Öst" in client.get(page).content.decode()


def test_only_those_who_manage_contacts_come_here(client, bo):
    client.force_login(bo)
    assert client.get(CONTACTS).status_code == 403
    assert client.get(f"/staff/people/{factories.person().pk}/contact/").status_code == 403


# --- one's own card -----------------------------------------------------------------------


def picture(kind="JPEG", size=(900, 600), *, mode="RGB", **fields):
    out = BytesIO()
    Image.new(mode, size, "black").save(out, kind, **fields)
    return SimpleUploadedFile("me.jpg", out.getvalue(), "image/jpeg")


def card(**fields):
    words = [
        "phone",
        *(f"{name}_{code}" for name in ("title", "hours") for code in ("fi", "sv", "en")),
    ]
    return {**dict.fromkeys(words, ""), **fields}


def test_hours_and_phone_are_saved_in_each_language(client, aino):
    form = card(phone="040 123 4501", hours_fi="ma–pe 9–15", hours_en="Mon–Fri 9–15")
    assert client.post("/staff/me/", form).status_code == 302
    saved = User.objects.get(pk=aino.pk)
    assert (saved.phone, saved.hours_fi, saved.hours_en) == (
        "040 123 4501",
        "ma–pe 9–15",
        "Mon–Fri 9–15",
    )


def test_a_picture_is_drawn_anew_as_a_square_without_where_it_was_taken(client, aino, tmp_path):
    where = Image.Exif()
    where[0x010E] = "Mustalahdenkatu 1"
    assert client.post("/staff/me/", card(picture=picture(exif=where))).status_code == 302
    saved = User.objects.get(pk=aino.pk).picture
    with Image.open(saved.path) as drawn:
        assert (drawn.size, drawn.format, dict(drawn.getexif())) == ((448, 448), "JPEG", {})
    assert b"Mustalahdenkatu" not in (tmp_path / saved.name).read_bytes()
    assert "me" not in saved.name.rpartition("/")[2].partition(".")[0]


def test_another_picture_takes_its_place_and_the_monogram_takes_both_away(
    client, aino, tmp_path, django_capture_on_commit_callbacks
):
    for form in (card(picture=picture()), card(picture=picture("PNG"))):
        with django_capture_on_commit_callbacks(execute=True):
            client.post("/staff/me/", form)
    assert len(list(tmp_path.rglob("*.jpg"))) == 1
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/staff/me/", card(no_picture="on"))
    assert list(tmp_path.rglob("*.jpg")) == []
    assert not User.objects.get(pk=aino.pk).picture


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html>",
        b"GIF89a" + b"\0" * 20,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"\xff\xd8\xff",
    ],
)
def test_what_is_no_picture_is_refused(client, aino, tmp_path, content):
    file = SimpleUploadedFile("me.png", content, "image/png")
    assert client.post("/staff/me/", card(phone="1", picture=file)).status_code == 422
    assert list(tmp_path.rglob("*.*")) == []
    assert User.objects.get(pk=aino.pk).phone == ""


def test_a_picture_that_would_fill_the_memory_is_refused(client, aino):
    huge = picture("PNG", (9_000, 9_000), mode="1")  # drawn before the transaction is thought idle
    assert client.post("/staff/me/", card(picture=huge)).status_code == 422


def test_a_file_that_is_too_large_is_refused(client, aino):
    file = SimpleUploadedFile("me.jpg", picture().read() + b"\0" * 10_500_000)
    assert client.post("/staff/me/", card(picture=file)).status_code == 422


def test_days_that_have_passed_are_not_on_the_page(client, aino, bo, set_clock):
    Absence.objects.create(user=aino, deputy=bo, since=TODAY, until=TODAY + DAY)
    assert "Bo Öst vastaa" in " ".join(client.get("/staff/me/").content.decode().split())
    set_clock(NOW + timedelta(days=2))
    assert "Bo Öst vastaa" not in " ".join(client.get("/staff/me/").content.decode().split())
