"""The ticked rows of a list, or all it has, leave as a file: looked over, by who may, and written down (C1.2, C2.2)."""

import csv
import io

import pytest

from consent import ledger
from crm import bulk
from crm.models import Export, Organisation
from tests import factories
from tests.crm.pages import BULK, ENGLISH, form_of, look_over, send, text
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LIST = "/staff/organisations/"
PEOPLE = "/staff/people/"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


@pytest.fixture
def coordinator(client, tamk):
    user = factories.staff(tamk, "coordinator")
    client.force_login(user)
    return user


@pytest.fixture
def three():
    return [
        Organisation.objects.create(name=name, size=size)
        for name, size in (("A", "micro"), ("B", "micro"), ("C", "large"))
    ]


def taken(client, values, path=BULK):
    """The names in the file."""
    response = send(client, {**values, "file": "plain"}, path)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = csv.reader(io.StringIO(response.getvalue().decode(), newline=""))
    return [row[0] for row in rows][1:]


def test_the_ticked_leave_as_a_file_and_it_is_written_down(client, coordinator, three):
    page = look_over(client, action="export", chosen=[three[0].pk, three[2].pk])
    assert "Take out as a file: 2" in text(page)
    assert not Export.objects.exists()
    assert taken(client, form_of(page)) == ["A", "C"]
    log = Export.objects.get()
    assert (log.sheet, log.form, log.rows, log.by, log.filters) == (
        "crm.organisations",
        "plain",
        2,
        coordinator,
        {"ticked": 2},
    )


def test_all_of_a_list_leave_and_its_filters_are_written_down(client, coordinator, three):
    page = look_over(client, action="export", all="1", query="size=micro&sort=-name&city=")
    assert taken(client, form_of(page)) == ["A", "B"]
    assert Export.objects.get().filters == {"size": "micro"}


def test_more_leave_than_can_be_changed_at_once(client, coordinator, three, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 2)
    page = look_over(client, action="export", all="1")
    assert taken(client, form_of(page)) == ["A", "B", "C"]


def test_of_people_nobody_leaves_whose_data_lie_still(client, coordinator):
    anna, salla = factories.contact(name="Anna A"), factories.contact(name="Salla S")
    ledger.restrict(salla, method="form")
    path = f"{PEOPLE}bulk/"
    for user in (coordinator, factories.staff(None, "manager")):
        client.force_login(user)
        page = look_over(client, path, action="export", chosen=[anna.pk, salla.pk])
        assert "For this one Anna A" in text(page)
        assert "Salla" not in text(page)
        assert taken(client, form_of(page), path) == ["Anna A"]
    assert list(Export.objects.values_list("sheet", "rows")) == [("crm.people", 1)] * 2


def test_a_list_that_has_changed_is_not_taken(client, coordinator, three):
    page = look_over(client, action="export", all="1")
    factories.organisation("D")
    assert "The list has changed" in text(send(client, form_of(page)), 409)
    assert not Export.objects.exists()


def test_who_may_not_export_takes_nothing(client, coordinator, tamk, three):
    page = look_over(client, action="export", chosen=three[0].pk)
    client.force_login(factories.staff(tamk, "sales"))
    assert "Take out as a file" not in text(client.get(LIST, headers=ENGLISH))
    assert send(client, form_of(page)).status_code == 404
    assert not Export.objects.exists()


def test_who_signed_in_long_ago_says_once_more_who_they_are(client, coordinator, three):
    page = look_over(client, action="export", chosen=three[0].pk)
    client.force_login(coordinator, ago=601)
    answer = send(client, form_of(page))
    assert "/reauthenticate/" in answer.headers["Location"]
    assert not Export.objects.exists()


@pytest.mark.parametrize("wrong", [{"file": ""}, {"file": "exe"}, {"file": "x" * 5000}], ids=ascii)
def test_another_kind_of_file_is_refused(client, coordinator, three, wrong):
    page = look_over(client, action="export", chosen=three[0].pk)
    text(send(client, {**form_of(page), **wrong}), 422)
    assert not Export.objects.exists()


def test_an_odd_address_of_the_list_does_no_harm(client, coordinator, three):
    odd = {"action": "export", "query": "source=%00&size=%ED%A0%80"}
    assert look_over(client, **odd, all="1").status_code == 422
    page = look_over(client, **odd, chosen=three[0].pk)
    assert taken(client, form_of(page)) == ["A"]
