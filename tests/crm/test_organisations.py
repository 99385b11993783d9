"""What the register keeps of an organisation, who may be above whom, and two who save at once (C1.1)."""

from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction

from crm import identifiers, organisations
from crm.models import Encounter, Organisation, OrganisationQuerySet
from crm.organisations import CircleError, Facts, Place, TakenError
from crm.versions import StaleError
from tests import databases, factories

pytestmark = pytest.mark.django_db
ONCE = "organisation_business_id_once"

FACTS = Facts(
    name="Konepaja Oy",
    business_id="2077474-0",
    size="medium",
    domains=("konepaja.fi",),
    visiting=Place("Satamakatu 1", "33100", "Tampere"),
)


@pytest.fixture
def seller():
    return factories.staff(None, "sales")


@pytest.fixture
def konepaja(seller):
    return organisations.create(FACTS, by=seller)


def put_under(below, above):
    facts = replace(organisations.facts_of(below), parent=above)
    return organisations.change(below, facts, version=below.version, by=None)


# --- adding and changing -----------------------------------------------------------------------


def test_what_is_added_is_what_is_known(konepaja, seller):
    assert organisations.facts_of(konepaja) == FACTS
    told = Encounter.objects.exclude(kind="crm.contact_named").get()
    assert (told.kind, told.organisation, told.by) == (
        "crm.organisation_added",
        konepaja,
        seller,
    )


def test_a_business_id_is_one_organisations(konepaja):
    with pytest.raises(TakenError) as refused:
        organisations.create(replace(FACTS, name="Toinen Oy"), by=None)
    assert refused.value.organisation == konepaja
    assert Organisation.objects.count() == 1


def test_any_number_have_no_business_id():
    for name in ("A", "B"):
        organisations.create(Facts(name=name), by=None)
    assert Organisation.objects.count() == 2


def test_a_change_is_the_next_version_and_says_nothing_twice(konepaja):
    facts = replace(FACTS, size="large", domains=("kone.fi", "paja.fi"), visiting=Place())
    changed = organisations.change(konepaja, facts, version=1, by=None)
    assert (changed.version, organisations.facts_of(changed)) == (2, facts)
    assert organisations.change(konepaja, facts, version=2, by=None).version == 2


def test_who_saves_second_is_told_and_nothing_is_written_over(konepaja):
    organisations.change(konepaja, replace(FACTS, size="large"), version=1, by=None)
    with pytest.raises(StaleError):
        organisations.change(konepaja, replace(FACTS, name="Toisin Oy"), version=1, by=None)
    konepaja.refresh_from_db()
    assert (konepaja.name, konepaja.size, konepaja.version) == ("Konepaja Oy", "large", 2)


def test_an_old_name_stays_as_a_former_one(konepaja, seller):
    organisations.change(konepaja, replace(FACTS, name="Kone ja paja Oy"), version=1, by=seller)
    assert [(each.name, each.kind) for each in konepaja.names.all()] == [("Konepaja Oy", "former")]
    assert Encounter.objects.get(kind="crm.organisation_renamed").data == {
        "before": "Konepaja Oy",
        "after": "Kone ja paja Oy",
    }


def test_a_name_with_other_capitals_is_no_former_one(konepaja):
    organisations.change(konepaja, replace(FACTS, name="KonePaja  Oy"), version=1, by=None)
    assert not konepaja.names.exists()


def test_another_name_is_kept_once_in_any_case(konepaja):
    for name in ("Paja", "PAJA"):
        organisations.add_name(konepaja, name, "short")
    konepaja.refresh_from_db()
    assert ([each.name for each in konepaja.names.all()], konepaja.version) == (["Paja"], 2)


def test_a_name_is_removed_once(konepaja):
    name = organisations.add_name(konepaja, "Paja", "short")
    for _ in range(2):
        organisations.remove_name(name)
    konepaja.refresh_from_db()
    assert (konepaja.names.count(), konepaja.version) == (0, 3)


# --- who is above whom -------------------------------------------------------------------------


def chain(length):
    made = [factories.organisation(f"Yhtiö {number}") for number in range(length)]
    for below, above in pairwise(made):
        put_under(below, above)
    return made


@pytest.mark.parametrize("length", [1, 2, 3, 12])
def test_no_organisation_is_above_itself_however_long_the_way(length):
    lowest, *_between = made = chain(length)
    with pytest.raises(CircleError):
        put_under(made[-1], lowest)
    made[-1].refresh_from_db()
    assert (made[-1].parent, made[-1].version) == (None, 1)


def test_a_circle_is_refused_by_the_database_too():
    lowest, _middle, highest = chain(3)
    with pytest.raises(IntegrityError, match="above itself"), transaction.atomic():
        Organisation.objects.filter(pk=highest.pk).update(parent=lowest)


def test_one_may_move_within_its_group():
    lowest, _middle, highest = chain(3)
    lowest.refresh_from_db()
    assert put_under(lowest, highest).parent == highest


# --- two at once -------------------------------------------------------------------------------

FUNCTION = "SELECT pg_get_functiondef('crm_organisation_no_circle'::regproc)"
LOCK = "PERFORM pg_advisory_xact_lock(hashtext('crm_organisation.parent'));"


@pytest.fixture
def no_lock_on_parents(transactional_db):
    """The trigger as it would be without its lock."""
    with databases.superuser(connection.settings_dict["NAME"]) as cursor:
        cursor.execute(FUNCTION)
        (guarded,) = cursor.fetchone()
        cursor.execute(guarded.replace(LOCK, ""))
        yield
        cursor.execute(guarded)


def crossed(at_once):
    """Whether two organisations are above each other after both were put so at once."""
    one, other = factories.organisation("A"), factories.organisation("B")
    told = at_once(lambda: put_under(one, other), lambda: put_under(other, one))
    one.refresh_from_db()
    other.refresh_from_db()
    return one.parent == other and other.parent == one, told


@pytest.mark.django_db(transaction=True)
def test_of_two_who_put_two_under_each_other_one_is_told(at_once):
    is_circle, told = crossed(at_once)
    assert not is_circle
    assert sorted(told, key=str) == [CircleError, None]


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_they_would_make_a_circle(at_once, no_lock_on_parents):
    assert crossed(at_once) == (True, [None, None])


def saved_at_once(at_once):
    """What two heard who saved the same version at once, and which version there is."""
    made = factories.organisation("Konepaja Oy")
    small, large = (replace(organisations.facts_of(made), size=size) for size in ("small", "large"))
    told = at_once(
        lambda: organisations.change(made, small, version=1, by=None),
        lambda: organisations.change(made, large, version=1, by=None),
    )
    made.refresh_from_db()
    return sorted(told, key=str), made.version


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_is_told(at_once):
    assert saved_at_once(at_once) == ([StaleError, None], 2)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_one_would_write_over_the_other(at_once, monkeypatch):
    monkeypatch.setattr(OrganisationQuerySet, "select_for_update", lambda self, **_: self)
    assert saved_at_once(at_once) == ([None, None], 2)


def added_at_once(at_once):
    """What two heard who added the same business ID at once, and how many there are."""
    add = partial(organisations.create, FACTS, by=None)
    return sorted(at_once(add, add), key=str), Organisation.objects.count()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_add_one_business_id_at_once_one_is_led_to_the_other(at_once):
    assert added_at_once(at_once) == ([TakenError, None], 1)


@pytest.fixture
def any_business_id(transactional_db):
    """The table as it would be if two could have the same one."""
    with databases.superuser(connection.settings_dict["NAME"]) as cursor:
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [ONCE])
        (definition,) = cursor.fetchone()
        cursor.execute(f"DROP INDEX {ONCE}")
        yield
        Organisation.objects.update(business_id="")
        cursor.execute(definition)


def test_control_where_the_database_does_not_refuse_it_there_are_two(at_once, any_business_id):
    assert added_at_once(at_once) == ([None, None], 2)


# --- numbers and names -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2077474-0", "2077474-0"),
        (" 20774740 ", "2077474-0"),
        ("FI20774740", "2077474-0"),
    ],
)
def test_a_business_id_is_kept_in_one_form(given, kept):
    assert identifiers.business_id(given) == kept


@pytest.mark.parametrize("wrong", ["2077474-1", "", "abc", "0112038-99", "2077474-0x"])
def test_a_business_id_whose_check_fails_is_none(wrong):
    with pytest.raises(identifiers.InvalidError):
        identifiers.business_id(wrong)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Konepaja.FI", "konepaja.fi"),
        ("https://www.konepaja.fi/meista", "konepaja.fi"),
        ("anna@konepaja.fi", "konepaja.fi"),
        ("hämeenkone.fi", "xn--hmeenkone-v2a.fi"),
        ("xn--hmeenkone-v2a.fi", "xn--hmeenkone-v2a.fi"),
    ],
)
def test_a_domain_is_kept_in_one_form(given, kept):
    assert identifiers.domain(given) == kept


@pytest.mark.parametrize(
    "wrong",
    ["fi", "", "1.2.3.4", "a..fi", "-a.fi", "a b.fi", "a\x00.fi", f"{'a' * 64}.fi", "ä" * 300],
)
def test_what_is_no_domain_is_refused(wrong):
    with pytest.raises(identifiers.InvalidError):
        identifiers.domain(wrong)


@pytest.mark.parametrize("domain", ["gmail.com", "anna@Hotmail.FI", "www.icloud.com"])
def test_a_domain_where_anybody_gets_an_address_tells_nothing(domain):
    with pytest.raises(identifiers.FreemailError):
        identifiers.domain(domain)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0037 2077 4740", "003720774740"),
        ("003720774740ab12", "003720774740AB12"),
        ("FI21 1234 5600 0007 85", "FI2112345600000785"),
    ],
)
def test_an_einvoicing_address_is_an_ovt_or_an_iban(given, kept):
    assert identifiers.einvoice_address(given) == kept


@pytest.mark.parametrize(
    "wrong", ["003720774741", "003720774740123456", "FI2112345600000786", "konepaja", ""]
)
def test_no_other_einvoicing_address_is_taken(wrong):
    with pytest.raises(identifiers.InvalidError):
        identifiers.einvoice_address(wrong)
