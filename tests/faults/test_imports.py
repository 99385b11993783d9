"""Workers killed in the middle of an import: every row comes in once, and the whole is taken back all the same."""

import pytest
from django.db import transaction
from django.utils import timezone

from consent.models import Person
from crm.importing import report, rows, slices, steps
from crm.models import Affiliation, ContactPerson, Import, Organisation
from portal import invariants
from tests.crm.importing import checked, run
from tests.faults.harness import until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

LENGTH, KILLS = 2_000, 2
MADE = {Organisation: LENGTH // 10, Person: LENGTH, ContactPerson: LENGTH, Affiliation: LENGTH}


def file(length):
    """Ten people at each organisation."""
    lines = (f"Yritys {no // 10} Oy;Etu {no};etu{no}@yritys{no // 10}.fi\n" for no in range(length))
    return "Yritys;Nimi;Sähköposti\n" + "".join(lines)


def made():
    return {model: model.objects.count() for model in MADE}


def handled(imported):
    return report.counts(Import.objects.get(pk=imported.pk)).handled


def killed_on_the_way(crew, imported, step):
    """The step, with workers that are killed whenever a share of the rows is done."""
    step()
    for number in range(KILLS):
        share = LENGTH * (number + 1) // (KILLS + 2)
        until(lambda share=share: handled(imported) >= share, f"{share} rows")
        crew.kill()
    until(lambda: not Import.objects.get(pk=imported.pk).is_at_work, "the end")


def test_killed_workers_bring_every_row_in_once_and_take_every_row_back(tmp_path, team):
    imported = checked(tmp_path, file(LENGTH))
    crew = team({})
    crew.start(2)
    killed_on_the_way(crew, imported, lambda: steps.begin(imported, now=timezone.now()))
    assert Import.objects.get().state == "done"
    assert made() == MADE
    assert set(imported.rows.values_list("state", "verdict")) == {("done", "new")}
    assert Affiliation.objects.values("person").distinct().count() == LENGTH
    assert invariants.broken() == {}
    killed_on_the_way(crew, imported, lambda: steps.undo(imported))
    assert crew.kills == 2 * KILLS
    assert Import.objects.get().state == "undone"
    assert made() == dict.fromkeys(MADE, 0)
    assert set(imported.rows.values_list("state", flat=True)) == {"undone"}


def test_a_control_that_remembers_its_rows_in_another_transaction_cannot_take_them_back(
    tmp_path, monkeypatch
):
    """What a worker killed between the two would leave: customers that no row remembers having made."""
    imported = checked(tmp_path, file(20))
    steps.begin(imported, now=timezone.now())
    found = rows.waiting(imported, "checked")
    with monkeypatch.context() as killed:
        killed.setattr(rows, "save", lambda _rows: None)
        with transaction.atomic():
            slices.bring_rows(imported, found)
    run(imported)
    assert (Person.objects.count(), Organisation.objects.count()) == (20, 2)
    steps.undo(imported)
    run(imported)
    assert (Person.objects.count(), Organisation.objects.count()) == (20, 2)
