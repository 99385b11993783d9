"""Staff's pages of imports: from a file to a report, without JavaScript, for who may and for their institutions (C1.2, A05, A13)."""

import io
from dataclasses import replace
from datetime import timedelta

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from lxml import html

from accounts.roles import TABLE, Permission, Role
from crm.importing import rows, steps
from crm.models import Export, Import, ImportMapping, ImportRow, Organisation
from tests import factories
from tests.crm.importing import GROUND, brought, checked, received, run
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LIST, NEW = "/staff/imports/", "/staff/imports/new/"
TEN_MINUTES = 600
CSV = "Yritys;Nimi;Sähköposti\nKonepaja Oy;Anna Virtanen;anna@konepaja.fi\n;;väärä\n"
SAID = {
    "column_0": "organisation",
    "column_1": "name",
    "column_2": "email",
    "basis": "interest",
    "source": "Messut",
}


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def tamk():
    return factories.institution("tamk")


@pytest.fixture
def seller(client, tamk):
    user = factories.staff(tamk, "coordinator")
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return user


@pytest.fixture
def mine(tmp_path, tamk):
    """An import of the seller's institution that waits for its columns."""
    return received(tmp_path, CSV, institution=tamk)


def page_of(imported, rest=""):
    return f"{LIST}{imported.pk}/{rest}"


def text(response, status=200):
    assert response.status_code == status
    page = html.fromstring(response.content).find("body")
    return " ".join(page.text_content().split()).replace("\xa0", " ")


def file(content=CSV, name="asiakkaat.csv"):
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def send(client, tamk, content=CSV, **fields):
    return client.post(NEW, {"file": file(content), "institution": tamk.pk, **fields})


# --- who comes in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *Role])
def test_every_role_does_what_the_table_gives(client, role, tamk, tmp_path):
    client.force_login(factories.staff(tamk, role) if role else factories.user())
    seen = Permission.SEE_IMPORTS in (TABLE[role] if role else ())
    allowed = Permission.IMPORT_CUSTOMERS in (TABLE[role] if role else ())
    imported = checked(tmp_path, CSV)
    Import.objects.update(institution=tamk)
    assert client.get(NEW).status_code == (200 if allowed else 403)
    for page in (
        LIST,
        page_of(imported),
        page_of(imported, "rows/"),
    ):
        assert client.get(page).status_code == (200 if seen else 403)
    may_export = Permission.EXPORT_CUSTOMERS in (TABLE[role] if role else ())
    taken = client.post(page_of(imported, "rows/file/"))
    assert taken.status_code == (200 if may_export else 403)
    assert client.post(page_of(imported, "begin/")).status_code == (302 if allowed else 403)
    assert Import.objects.get().state == ("importing" if allowed else "checked")


def test_a_visitor_is_asked_to_sign_in(client, mine):
    for page in (LIST, NEW, page_of(mine)):
        assert "/login/" in client.get(page).headers["Location"]


@pytest.mark.parametrize(
    "rest", ["", "check/", "begin/", "undo/", "discard/", "rows/", "rows/file/"]
)
def test_another_institutions_import_is_not_there(client, seller, tmp_path, rest):
    theirs = received(tmp_path, CSV, institution=factories.institution("tuni"))
    before = Import.objects.values().get()
    ask = client.get if rest in {"", "rows/"} else client.post
    assert ask(page_of(theirs, rest)).status_code == 404
    assert client.post(page_of(theirs), SAID).status_code == 404
    assert Import.objects.values().get() == before
    assert theirs.file_name not in text(client.get(LIST))


def test_an_import_for_all_institutions_needs_a_role_over_all(client, seller, tmp_path):
    joint = received(tmp_path, CSV)
    assert client.get(page_of(joint)).status_code == 404
    client.force_login(factories.staff(None, "coordinator"))
    assert client.get(page_of(joint)).status_code == 200


def test_nobody_imports_for_an_institution_that_is_not_theirs(client, seller):
    other = factories.institution("tuni")
    assert "Select a valid choice" in text(send(client, other), 422)
    assert not Import.objects.exists()


# --- the file ----------------------------------------------------------------------------------------


def test_a_file_is_read_and_not_kept(client, seller, tamk, settings, tmp_path):
    settings.MEDIA_ROOT = settings.PRIVATE_ROOT = tmp_path
    response = send(client, tamk)
    imported = Import.objects.get()
    assert response.headers["Location"] == page_of(imported)
    assert (imported.file_name, imported.by, imported.institution, imported.state) == (
        "asiakkaat.csv",
        seller,
        tamk,
        "read",
    )
    assert imported.rows.count() == 2
    assert list(tmp_path.iterdir()) == []


def test_a_path_in_the_name_is_no_path(client, seller, tamk):
    client.post(NEW, {"file": file(name="../../etc/passwd.csv"), "institution": tamk.pk})
    assert Import.objects.get().file_name == "passwd.csv"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "This is not a table"),
        ("<svg onload=alert(1)>", "This is not a table"),
        ("Nimi;Nimi\na;b\n", "Two columns have the same heading: Nimi"),
        ("Nimi;Sähköposti\n", "no rows under them"),
        (b"PK\x03\x04xx", "damaged"),
    ],
)
def test_what_cannot_be_read_is_told_beside_the_field(client, seller, tamk, content, said):
    assert said in text(send(client, tamk, content), 422)
    assert not Import.objects.exists()


def test_a_file_that_is_too_large_is_refused(client, seller, tamk):
    """Ten megabytes by the form; a request of more than twelve is refused before a byte of it is read."""
    large = b"Nimi;b\n" + b"x;y\n" * 2_700_000
    assert "larger than 10 MB" in text(send(client, tamk, large), 422)
    assert send(client, tamk, large + b"x;y\n" * 500_000).status_code == 413
    assert not Import.objects.exists()


# --- the columns ----------------------------------------------------------------------------------------


def test_the_columns_are_proposed_with_what_their_first_rows_hold(client, seller, mine):
    page = html.fromstring(client.get(page_of(mine)).content)
    chosen = [each.value for each in page.cssselect("select[name^=column_]")]
    assert chosen == ["organisation", "name", "email"]
    assert "2 rows were read." in text(client.get(page_of(mine)))
    assert "anna@konepaja.fi" in text(client.get(page_of(mine)))


def test_naming_the_columns_shows_the_first_rows_as_they_are_understood(client, seller, mine):
    assert client.post(page_of(mine), SAID).headers["Location"] == page_of(mine)
    mine.refresh_from_db()
    assert (mine.state, mine.basis, mine.source) == ("mapped", "interest", "Messut")
    assert ImportMapping.objects.get().by == seller
    seen = text(client.get(page_of(mine)))
    assert "2 Konepaja Oy Anna Virtanen anna@konepaja.fi –" in seen
    assert "This is not an e-mail address." in seen
    assert "Try all 2 rows" in seen


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"basis": ""}, "Choose the legal basis."),
        ({"source": ""}, "Write where the details are from."),
        ({"basis": "consent"}, "Consent needs a proof"),
        ({"column_1": "email"}, "Another column is this already."),
        ({"column_0": "", "column_2": ""}, "Choose a column for the organisation"),
        ({"column_0": "is_staff"}, "Select a valid choice"),
        ({"source": "x" * 121}, "at most 120 characters"),
        ({"topic": "99999"}, "Select a valid choice"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(client, seller, mine, wrong, said):
    assert said in text(client.post(page_of(mine), {**SAID, **wrong}), 422)
    mine.refresh_from_db()
    assert (mine.state, mine.basis) == ("read", "")
    assert not ImportMapping.objects.exists()


def test_ground_and_source_may_come_from_columns(client, seller, tamk, tmp_path):
    imported = received(tmp_path, "Yritys;Peruste;Lähde\nA Oy;sopimus;CRM\n", institution=tamk)
    said = {"column_0": "organisation", "column_1": "basis", "column_2": "source"}
    assert client.post(page_of(imported), said).status_code == 302


# --- trial, import, report ----------------------------------------------------------------------------------


def test_the_whole_way_without_javascript(client, seller, tamk):
    send(client, tamk)
    imported = Import.objects.get()
    client.post(page_of(imported), SAID)
    client.post(page_of(imported, "check/"))
    waiting = client.get(page_of(imported))
    assert "0 of 2 rows" in text(waiting)
    assert "Look again" in text(waiting)
    run(imported)
    tried = text(client.get(page_of(imported)))
    assert (
        "Rows 2 New organisations 1 New people 1 Rows of known customers 0 Rows left out 1" in tried
    )
    assert "3 – Left out Sähköposti: This is not an e-mail address." in tried
    assert not Organisation.objects.exists()
    client.post(page_of(imported, "begin/"))
    run(imported)
    assert "Brought in" in text(client.get(page_of(imported)))
    assert Organisation.objects.get().owner == tamk
    client.post(page_of(imported, "undo/"))
    run(imported)
    assert "Rows taken back 2" in text(client.get(page_of(imported)))
    assert not Organisation.objects.exists()


def test_staff_are_told_that_grounds_are_withdrawn_for_good(client, seller, mine):
    said = "The grounds for marketing that it gave are withdrawn"
    steps.name_columns(mine, mine.columns, replace(GROUND, institution=mine.institution), by=None)
    steps.check(mine)
    run(mine)
    steps.begin(mine, now=timezone.now())
    run(mine)
    assert said not in text(client.get(page_of(mine)))
    Import.objects.update(topic=factories.topic("digi"))
    assert said in text(client.get(page_of(mine)))


def test_htmx_asks_how_far_it_is_and_then_for_the_whole_page(client, seller, mine):
    steps.name_columns(mine, mine.columns, GROUND, by=None)
    Import.objects.update(institution=mine.institution)
    steps.check(mine)
    part = client.get(page_of(mine), headers={"hx-request": "true"})
    assert (b"<html" in part.content, "HX-Refresh" in part.headers) == (False, False)
    run(mine)
    part = client.get(page_of(mine), headers={"hx-request": "true"})
    assert part.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("rest", ["check/", "begin/", "undo/", "discard/"])
def test_a_second_press_changes_nothing(client, seller, mine, rest):
    Import.objects.update(state="importing", begun_at=NOW)
    client.post(page_of(mine, rest))
    assert Import.objects.get().state == "importing"
    assert "gone further meanwhile" in text(client.get(page_of(mine)))


@pytest.mark.parametrize("rest", ["check/", "begin/", "undo/", "discard/"])
def test_a_link_changes_nothing(client, seller, mine, rest):
    assert client.get(page_of(mine, rest)).status_code == 405


def test_a_file_of_which_nothing_came_in_can_be_forgotten(client, seller, mine):
    client.post(page_of(mine, "discard/"))
    assert not ImportRow.objects.exists()
    assert "The file was forgotten." in text(client.get(LIST))


def test_what_was_forgotten_cannot_be_taken_back(client, seller, tmp_path, tamk):
    imported = brought(tmp_path, CSV)
    Import.objects.update(forgotten_at=NOW, institution=tamk)
    assert "can no longer be taken back" in text(client.get(page_of(imported)))
    client.post(page_of(imported, "undo/"))
    assert Import.objects.get().state == "done"


# --- its rows -------------------------------------------------------------------------------------------------


def test_rows_are_paged_by_their_numbers(client, seller, tmp_path, tamk):
    wrong = "".join(f"Yritys {no};{'x' * 300}\n" for no in range(150))
    imported = checked(tmp_path, f"Yritys;Titteli;Nimi\n{wrong}")
    Import.objects.update(institution=tamk)
    ImportRow.objects.update(problems=[{"code": "nobody", "values": {}, "column": ""}])
    first = html.fromstring(client.get(page_of(imported, "rows/")).content)
    numbers = [int(each.text) for each in first.cssselect("tbody td.table__num")]
    assert numbers == list(range(2, 102))
    (more,) = first.cssselect("[rel=next]")
    second = html.fromstring(
        client.get(page_of(imported, "rows/") + more.get("href").partition("/rows/")[2]).content
    )
    assert [int(each.text) for each in second.cssselect("tbody td.table__num")] == list(
        range(102, 152)
    )


@pytest.mark.parametrize("after", ["-1", "x", "9" * 400, "٣"])
def test_a_number_that_is_none_is_the_beginning(client, seller, mine, after):
    assert client.get(page_of(mine, "rows/"), {"after": after}).status_code == 200


def test_rows_left_out_are_taken_as_a_workbook_and_no_cell_is_a_formula(
    client, seller, tmp_path, tamk
):
    imported = checked(tmp_path, "Yritys;Nimi;Sähköposti\n=1+1;@x;väärä\n")
    Import.objects.update(institution=tamk)
    response = client.post(page_of(imported, "rows/file/"))
    name = f"crm-import_rows-{timezone.localdate()}.xlsx"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(response.getvalue()))
    assert book.get_sheet_by_index(0).to_python() == [
        ["Row", "What became of it", "What is to be told", "Yritys", "Nimi", "Sähköposti"],
        [2, "left out", "Sähköposti: This is not an e-mail address.", "=1+1", "@x", "väärä"],
    ]


def test_taking_them_is_in_the_log_of_exports(client, seller, tmp_path, tamk):
    imported = checked(tmp_path, "Yritys;Sähköposti\nPaja Oy;väärä\nSepät Oy;väärä\n")
    Import.objects.update(institution=tamk)
    client.post(page_of(imported, "rows/file/"))
    taken = Export.objects.values("sheet", "form", "filters", "rows", "by").get()
    assert taken == {
        "sheet": "crm.import_rows",
        "form": "xlsx",
        "filters": {"import": imported.pk},
        "rows": 2,
        "by": seller.pk,
    }


def test_who_signed_in_long_ago_says_once_more_who_they_are(client, seller, mine):
    client.force_login(seller, ago=TEN_MINUTES + 60)
    response = client.post(page_of(mine, "rows/file/"))
    assert "/reauthenticate/" in response.headers["Location"]
    assert not Export.objects.exists()


def test_they_are_never_taken_by_a_link(client, seller, mine):
    assert client.get(page_of(mine, "rows/file/")).status_code == 405
    assert not Export.objects.exists()


def test_text_of_the_file_is_no_markup(client, seller, tmp_path, tamk):
    imported = checked(tmp_path, "Yritys;Sähköposti\n<script>alert(1)</script>;väärä\n")
    Import.objects.update(institution=tamk)
    for page in (page_of(imported), page_of(imported, "rows/"), page_of(imported) + "?columns"):
        assert b"<script>alert" not in client.get(page).content


# --- queries ------------------------------------------------------------------------------------------------------


def test_the_list_asks_the_same_however_many_there_are(
    client, seller, tmp_path, tamk, django_assert_num_queries
):
    for _ in range(5):
        received(tmp_path, CSV, institution=tamk, by=seller)
    client.get(LIST)
    with django_assert_num_queries(5):
        client.get(LIST)


def test_a_page_asks_the_same_however_many_rows_there_are(
    client, seller, tmp_path, tamk, django_assert_num_queries
):
    imported = checked(tmp_path, "Yritys;Sähköposti\n" + "A;väärä\n" * 60)
    Import.objects.update(institution=tamk, by=seller)
    client.get(page_of(imported))
    with django_assert_num_queries(7):
        client.get(page_of(imported))


def test_an_import_is_gone_from_the_list_with_its_rows(client, seller, mine):
    from crm.importing import forgetting

    forgetting.forget(now=NOW + timedelta(days=91))
    assert "No file has been imported yet." in text(client.get(LIST))
    assert rows.SLICE == 500
