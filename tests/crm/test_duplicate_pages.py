"""The queue of likely duplicates, two entries side by side, and the way back from a merge (C1.4)."""

import pytest
from lxml import html

from accounts.roles import TABLE, Permission, Role
from consent import ledger
from consent.models import Person
from crm import duplicates, merging
from crm.models import ContactPerson, Duplicate, Merge, Organisation
from portal import today
from tests import factories
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db
QUEUE, MERGES = "/staff/duplicates/", "/staff/merges/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def staff(client):
    user = factories.staff(None, "sales", "myyja@example.org")
    client.force_login(user)
    return user


@pytest.fixture
def liisa():
    return factories.person("liisa.virtanen@gmail.com", name="Liisa Virtanen")


@pytest.fixture
def lisa():
    return factories.person("liisa.virtanen@konepaja.example", name="Liisa Wirtanen")


@pytest.fixture
def pair(liisa, lisa):
    (found,) = duplicates.likely(lisa)
    return Duplicate.objects.create(
        left_person=liisa, right_person=lisa, score=found.score, reasons=list(found.signs)
    )


def text(response, status=200):
    assert response.status_code == status
    page = html.fromstring(response.content).find("body")
    return " ".join(page.text_content().split()).replace("\xa0", " ")


def get(client, path, status=200, **query):
    return text(client.get(path, query, headers=ENGLISH), status)


def send(client, path, **fields):
    return client.post(path, fields, headers=ENGLISH)


# --- who comes in -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *Role])
def test_who_sees_customers_comes_in_and_who_may_merge_them_decides(client, role, pair):
    user = factories.staff(None, role) if role else factories.user()
    client.force_login(user)
    sees = role is not None and Permission.SEE_CUSTOMERS in TABLE[role]
    may = role is not None and Permission.MERGE_CUSTOMERS in TABLE[role]
    for page in (QUEUE, f"{QUEUE}{pair.pk}/", MERGES):
        assert client.get(page).status_code == (200 if sees else 403)
    assert send(client, f"{QUEUE}{pair.pk}/apart/").status_code == (302 if may else 403)
    pair.refresh_from_db()
    assert pair.verdict == ("distinct" if may else "")


@pytest.mark.parametrize("rest", ["merge/", "undo/"])
def test_who_signed_in_long_ago_is_asked_again(client, pair, liisa, lisa, rest):
    user = factories.staff(None, "sales")
    done = merging.merge(liisa, factories.person(), {}, by=user)
    client.force_login(user, ago=601)
    path = f"{QUEUE}{pair.pk}/merge/" if rest == "merge/" else f"{MERGES}{done.pk}/undo/"
    answer = send(client, path, kept="left")
    assert "/reauthenticate/" in answer.headers["Location"]
    assert Merge.objects.filter(undone_at=None).count() == 1


# --- the queue -----------------------------------------------------------------------------------


def test_the_likeliest_is_first_with_its_reasons(client, staff, pair):
    other = [factories.person(name="Maija Aho") for _ in range(2)]
    Duplicate.objects.create(
        left_person=other[0], right_person=other[1], score=95, reasons=["name_same", "phone_same"]
    )
    page = get(client, QUEUE)
    assert page.index("Maija Aho") < page.index("Liisa Virtanen and Liisa Wirtanen")
    assert "95 of 100" in page
    assert "the same phone number" in page


def test_it_shows_one_kind_when_asked(client, staff, pair):
    one, two = (factories.organisation(f"Konepaja {end}") for end in ("Oy", "Ab"))
    Duplicate.objects.create(
        left_organisation=one, right_organisation=two, score=70, reasons=["name_same"]
    )
    assert "Konepaja" not in get(client, QUEUE, kind="person")
    assert "Liisa" not in get(client, QUEUE, kind="organisation")
    assert "Liisa" in get(client, QUEUE, kind="nonsense")


def test_it_goes_on_after_fifty(client, staff, django_assert_num_queries):
    people = [factories.person(name=f"Henkilö {number:02}") for number in range(52)]
    Duplicate.objects.bulk_create(
        Duplicate(left_person=people[0], right_person=each, score=100 - number, reasons=[])
        for number, each in enumerate(people[1:])
    )
    with django_assert_num_queries(10):
        first = get(client, QUEUE)
    assert "Henkilö 50" in first
    assert "Henkilö 51" not in first
    last = Duplicate.objects.get(score=51)
    assert "Henkilö 51" in get(client, QUEUE, after=f"51-{last.pk}")


@pytest.mark.parametrize("after", ["0", "x", "9" * 40, "50-" + "9" * 18, "-1-1"])
def test_an_odd_place_to_go_on_from_is_answered(client, staff, pair, after):
    assert client.get(QUEUE, {"after": after}).status_code == 200


def test_decided_pairs_and_those_of_an_alias_are_not_asked_about(client, staff, pair, liisa, lisa):
    third = factories.person(name="Kolmas")
    Duplicate.objects.create(left_person=lisa, right_person=third, score=80, reasons=[])
    merging.merge(liisa, lisa, {}, by=staff)
    page = get(client, QUEUE)
    assert "Wirtanen" not in page
    assert "Liisa Virtanen and Kolmas" in page


# --- side by side --------------------------------------------------------------------------------


def test_both_are_shown_column_by_column(client, staff, pair, lisa, django_assert_num_queries):
    ContactPerson.objects.create(person=lisa, title="toimitusjohtaja")
    factories.enrolment(factories.run(), lisa)
    with django_assert_num_queries(35):
        page = get(client, f"{QUEUE}{pair.pk}/")
    for told in (
        "liisa.virtanen@gmail.com",
        "toimitusjohtaja",
        "Enrolments 0 1",
        "the same words before the @ of the address",
    ):
        assert told in page


def test_each_leads_to_its_own_page(client, staff, pair, liisa, lisa):
    page = html.fromstring(client.get(f"{QUEUE}{pair.pk}/").content)
    links = [each.get("href") for each in page.cssselect("thead a")]
    assert links == [f"/staff/people/{each.pk}/" for each in (liisa, lisa)]


def test_only_what_differs_is_chosen(client, staff, pair):
    page = html.fromstring(client.get(f"{QUEUE}{pair.pk}/").content)
    assert {each.get("name") for each in page.cssselect("main [type=radio]")} == {
        "kept",
        "of-name",
        "of-email",
    }


def test_the_chosen_values_stay(client, staff, pair, liisa, lisa):
    answer = send(
        client,
        f"{QUEUE}{pair.pk}/merge/",
        **{"kept": "right", "of-name": "left", "of-email": "right"},
    )
    done = Merge.objects.get()
    assert answer.headers["Location"] == f"{MERGES}{done.pk}/"
    kept = Person.objects.get(pk=lisa.pk)
    assert (kept.name, kept.email) == ("Liisa Virtanen", "liisa.virtanen@konepaja.example")
    assert (done.by, done.absorbed) == (staff, liisa.pk)


@pytest.mark.parametrize(
    "fields", [{}, {"kept": "both"}, {"kept": "left", "of-name": "both"}, {"kept": "x" * 10_000}]
)
def test_without_an_answer_nothing_happens(client, staff, pair, fields):
    page = text(send(client, f"{QUEUE}{pair.pk}/merge/", **fields), 422)
    assert "Choose which entry is kept." in page
    assert not Merge.objects.exists()


def test_the_second_of_two_staff_is_told(client, staff, pair):
    send(client, f"{QUEUE}{pair.pk}/merge/", kept="left")
    page = text(send(client, f"{QUEUE}{pair.pk}/merge/", kept="right"), 409)
    assert "Somebody has decided on this pair already." in page
    assert Merge.objects.count() == 1
    text(send(client, f"{QUEUE}{pair.pk}/apart/"), 409)
    told = "Decided on Mon 23 Nov 2026 by Liisa Virtanen: merged."
    assert told in get(client, f"{QUEUE}{pair.pk}/")


def test_two_who_sign_in_are_refused_with_the_reason(client, staff):
    left, right = factories.user().person, factories.user().person
    pair = Duplicate.objects.create(left_person=left, right_person=right, score=60, reasons=[])
    page = text(send(client, f"{QUEUE}{pair.pk}/merge/", kept="left"), 409)
    assert "Both sign in with an account of their own." in page
    assert not Merge.objects.exists()


def test_not_duplicates_is_remembered(client, staff, pair):
    send(client, f"{QUEUE}{pair.pk}/apart/")
    pair.refresh_from_db()
    assert (pair.verdict, pair.verdict_by) == ("distinct", staff)
    assert "Wirtanen" not in get(client, QUEUE)


def test_organisations_are_merged_the_same_way(client, staff):
    one, two = (factories.organisation(f"Konepaja {end}") for end in ("Oy", "Ab"))
    pair = Duplicate.objects.create(
        left_organisation=one, right_organisation=two, score=70, reasons=["name_same"]
    )
    get(client, f"{QUEUE}{pair.pk}/")
    send(client, f"{QUEUE}{pair.pk}/merge/", **{"kept": "left", "of-name": "right"})
    assert [each.name for each in Organisation.objects.all()] == ["Konepaja Ab"]


def test_the_parent_is_chosen_on_the_page(client, staff):
    tops = [factories.organisation(f"Konserni {number} Oy") for number in (1, 2)]
    one, two = (
        Organisation.objects.create(name=f"Konepaja {end}", parent=top)
        for end, top in zip(("Oy", "Ab"), tops, strict=True)
    )
    pair = Duplicate.objects.create(
        left_organisation=one, right_organisation=two, score=70, reasons=["name_same"]
    )
    assert "Parent organisation Konserni 1 Oy Konserni 2 Oy" in get(client, f"{QUEUE}{pair.pk}/")
    send(
        client,
        f"{QUEUE}{pair.pk}/merge/",
        **{"kept": "left", "of-name": "left", "of-parent": "right"},
    )
    one.refresh_from_db()
    assert one.parent == tops[1]


def test_one_that_stands_under_the_other_has_no_parent_to_choose(client, staff):
    top = factories.organisation("Konepaja Oy")
    below = Organisation.objects.create(name="Konepaja Ab", parent=top)
    pair = Duplicate.objects.create(
        left_organisation=top, right_organisation=below, score=70, reasons=["name_same"]
    )
    assert "Parent organisation" not in get(client, f"{QUEUE}{pair.pk}/")


# --- whose data lie still ---------------------------------------------------------------------------


def hidden_paths(pair, done):
    return [f"{QUEUE}{pair.pk}/", f"{MERGES}{done.pk}/"]


@pytest.fixture
def at_rest(staff, pair, lisa):
    """A pair and a merge of somebody who then had the processing restricted (GDPR Art. 18)."""
    done = merging.merge(lisa, factories.person(name="Entinen"), {}, by=staff)
    ledger.restrict(lisa, method="form")
    return pair, done


def test_a_restricted_person_is_beside_nobody(client, staff, at_rest):
    pair, done = at_rest
    for page in (get(client, QUEUE), get(client, MERGES)):
        assert "Wirtanen" not in page
    for path in hidden_paths(pair, done):
        assert client.get(path).status_code == 404
    for path in (
        f"{QUEUE}{pair.pk}/merge/",
        f"{QUEUE}{pair.pk}/apart/",
        f"{MERGES}{done.pk}/undo/",
    ):
        assert send(client, path, kept="left").status_code == 404
    pair.refresh_from_db()
    done.refresh_from_db()
    assert (pair.verdict, done.undone_at) == ("", None)
    assert today.of(staff, NOW).waiting == []


def test_who_handles_restricted_people_sees_them(client, at_rest):
    pair, done = at_rest
    client.force_login(factories.staff(None, "manager"))
    for path in (QUEUE, MERGES, *hidden_paths(pair, done)):
        assert "Wirtanen" in get(client, path)


def test_once_released_they_are_asked_about_again(client, staff, at_rest, lisa):
    ledger.release(lisa, method="form")
    assert "Wirtanen" in get(client, QUEUE)


# --- the way back ----------------------------------------------------------------------------------


@pytest.fixture
def done(staff, pair, liisa, lisa):
    return merging.merge(liisa, lisa, {}, by=staff)


def test_a_merge_says_what_went_over_and_how_to_undo_it(client, done):
    page = get(client, f"{MERGES}{done.pk}/")
    assert "E-mail addresses 1" in page
    assert "Undo the merge" in page
    assert "Liisa Virtanen" in get(client, MERGES)


def test_it_is_undone(client, done, lisa):
    answer = send(client, f"{MERGES}{done.pk}/undo/")
    assert answer.headers["Location"] == f"{MERGES}{done.pk}/"
    assert Person.objects.get(pk=lisa.pk).name == "Liisa Wirtanen"
    assert "they are two again" in get(client, f"{MERGES}{done.pk}/")
    text(send(client, f"{MERGES}{done.pk}/undo/"), 409)


def test_after_thirty_days_there_is_no_button(client, done, set_clock):
    set_clock(NOW + 30 * DAY)
    client.force_login(done.by)
    assert "It can no longer be undone." in get(client, f"{MERGES}{done.pk}/")


def test_nothing_is_404(client, staff):
    for path in (f"{QUEUE}999/", f"{MERGES}999/"):
        assert client.get(path).status_code == 404
    for path in (f"{QUEUE}999/merge/", f"{QUEUE}999/apart/", f"{MERGES}999/undo/"):
        assert client.post(path).status_code == 404
