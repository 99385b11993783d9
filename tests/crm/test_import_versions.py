"""An import writes on records that staff may have open: whoever saves a form opened before is told (C1.2)."""

import pytest

from crm import contacts, organisations
from crm.importing import parents
from crm.models import ContactPerson, Organisation
from crm.versions import StaleError
from tests import factories
from tests.crm.importing import brought, undone
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HEAD = "Yritys;Nimi;Sähköposti\n"
ANNA = "Konepaja Oy;Anna Virtanen;anna@konepaja.fi\n"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def test_a_form_opened_before_an_import_is_told(tmp_path):
    anna = factories.person("anna@konepaja.fi", name="Anna Virtanen")
    card = ContactPerson.objects.create(person=anna, title="rehtori", source="Messut")
    where = factories.organisation("Konepaja Oy")
    opened, card_opened = organisations.facts_of(where), contacts.version_of(card)
    csv = "Yritys;Katuosoite;Verkkotunnus;Sähköposti;Puhelin\nKonepaja Oy;Katu 1;a.fi;anna@konepaja.fi;0401234567\n"
    imported = brought(tmp_path, csv)
    assert_told(where, opened, 1, card, card_opened)
    assert (where.domains.count(), where.addresses.count(), card.phones.count()) == (1, 1, 1)
    where.refresh_from_db()
    opened, card_opened = organisations.facts_of(where), version_now(card)
    version = where.version
    undone(imported)
    assert_told(where, opened, version, card, card_opened)
    assert (where.domains.count(), where.addresses.count(), card.phones.count()) == (0, 0, 0)


def version_now(card):
    return contacts.version_of(ContactPerson.objects.get(pk=card.pk))


def assert_told(where, opened, version, card, card_opened):
    with pytest.raises(StaleError):
        organisations.change(where, opened, version=version, by=None)
    with pytest.raises(StaleError):
        contacts.change(card, contacts.Card(), version=card_opened)


def test_nothing_new_is_no_new_version(tmp_path):
    brought(tmp_path, HEAD + ANNA)
    brought(tmp_path, HEAD + ANNA)
    assert Organisation.objects.get().version == 1
    assert ContactPerson.objects.get().version == 1


def test_parents_given_and_taken_back_are_new_versions(tmp_path):
    child = factories.organisation("Tytär Oy")
    factories.organisation("Emo Oy")
    imported = brought(tmp_path, "Yritys;Emoyhtiö\nTytär Oy;Emo Oy\n")
    child.refresh_from_db()
    assert (child.parent.name, child.version) == ("Emo Oy", 2)
    undone(imported)
    child.refresh_from_db()
    assert (child.parent, child.version) == (None, 3)


def test_a_parent_that_staff_give_at_the_same_moment_stays(tmp_path, monkeypatch):
    """Whoever had the lock before the import was staff."""
    child, other = factories.organisation("Tytär Oy"), factories.organisation("Toinen Oy")
    factories.organisation("Emo Oy")
    locked = parents.locked

    def late(keys):
        Organisation.objects.filter(pk=child.pk).update(parent=other, version=7)
        return locked(keys)

    monkeypatch.setattr(parents, "locked", late)
    brought(tmp_path, "Yritys;Emoyhtiö\nTytär Oy;Emo Oy\n")
    child.refresh_from_db()
    assert (child.parent, child.version) == (other, 7)
