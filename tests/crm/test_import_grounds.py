"""A ground of section 202 that an import gave goes with the import, by the ledger; nobody's own word does (C1.2, D3.4)."""

import pytest

from consent import ledger, permission
from consent.models import Event, Person
from crm.importing.steps import Ground
from tests import factories
from tests.crm.importing import brought, undone
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HEAD = "Yritys;Nimi;Sähköposti\n"
ANNA = "Konepaja Oy;Anna Virtanen;anna@konepaja.fi\n"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def told(imported):
    """What is said of the row: its state, and (code, what)."""
    row = imported.rows.get()
    return row.state, {(each["code"], each["values"].get("what")) for each in row.problems}


@pytest.fixture
def digi():
    return factories.topic("digi")


def may(person, topic):
    return permission.may_contact(person, "newsletter", topic=topic).allowed


def test_the_ground_of_a_known_person_is_taken_back(tmp_path, digi):
    anna = factories.person("anna@konepaja.fi", name="Anna")
    imported = brought(tmp_path, HEAD + ANNA, Ground("interest", "Messut", topic=digi))
    assert may(anna, digi)
    undone(imported)
    assert not may(anna, digi)
    assert list(Event.objects.order_by("seq").values_list("action", "method", "source")) == [
        ("legal_person", "import", f"import {imported.pk}"),
        ("withdrawn", "import", f"import {imported.pk}"),
    ]


def test_the_ground_of_somebody_who_stays_is_taken_back(tmp_path, digi):
    imported = brought(tmp_path, HEAD + ANNA, Ground("interest", "Messut", topic=digi))
    Person.objects.update(name="Anna Mäkelä")
    undone(imported)
    assert not may(Person.objects.get(), digi)


def test_what_a_known_person_has_permitted_since_stays(tmp_path, digi):
    anna = factories.person("anna@konepaja.fi", name="Anna")
    imported = brought(tmp_path, HEAD + ANNA, Ground("interest", "Messut", topic=digi))
    factories.grant(anna, topic=digi)
    undone(imported)
    assert may(anna, digi)
    assert ("changed", "ground") in told(imported)[1]
    assert told(imported)[0] == "stays"


def test_what_a_known_person_has_permitted_of_every_topic_stays(tmp_path, digi):
    anna = factories.person("anna@konepaja.fi", name="Anna")
    factories.grant(anna)
    imported = brought(tmp_path, HEAD + ANNA, Ground("interest", "Messut", topic=digi))
    undone(imported)
    assert may(anna, digi)
    assert told(imported)[0] == "stays"


def test_a_ground_that_the_person_has_refused_since_is_not_refused_twice(tmp_path, digi):
    anna = factories.person("anna@konepaja.fi", name="Anna")
    imported = brought(tmp_path, HEAD + ANNA, Ground("interest", "Messut", topic=digi))
    ledger.withdraw(anna, "newsletter", topic=digi, method="one_click")
    undone(imported)
    assert Event.objects.count() == 2
    assert told(imported)[0] == "undone"


def test_a_ground_that_was_there_before_is_not_the_imports_to_take(tmp_path, digi):
    anna = factories.person("anna@konepaja.fi", name="Anna")
    ledger.legal_person(
        anna, "newsletter", topic=digi, source="soitto", method="staff", by=factories.user()
    )
    imported = brought(tmp_path, HEAD + ANNA, Ground("interest", "Messut", topic=digi))
    undone(imported)
    assert may(anna, digi)
    assert told(imported)[0] == "undone"
