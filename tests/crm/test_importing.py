"""Customers come in from a file once, on a ground, matched by strong keys; nothing is overwritten (C1.2, A18)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from consent import erasure, ledger, permission
from consent.models import Event, Person
from crm import merging
from crm.importing import bringing, report, rows, slices, steps
from crm.importing.steps import Ground, WrongStateError
from crm.models import (
    Affiliation,
    ContactPerson,
    ContactPhone,
    Import,
    ImportMapping,
    ImportRow,
    Organisation,
    OrganisationAddress,
    OrganisationDomain,
    OrganisationName,
)
from tests import factories
from tests.crm import importing
from tests.crm.importing import (
    ANNA,
    GROUND,
    HEAD,
    MIXED,
    brought,
    checked,
    received,
    run,
    told,
    verdicts,
)
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


# --- what comes in ---------------------------------------------------------------------------


def test_an_organisation_and_its_person_come_in_from_one_row(tmp_path):
    brought(
        tmp_path,
        HEAD + ANNA,
        Ground("interest", "Messut", institution=factories.institution("tamk")),
    )
    where, who = Organisation.objects.get(), Person.objects.get()
    assert (where.name, where.business_id, where.source, where.owner.slug) == (
        "Konepaja Oy",
        "2077474-0",
        "Messut",
        "tamk",
    )
    assert (who.name, who.email, who.language, who.kind) == (
        "Anna Virtanen",
        "anna@konepaja.fi",
        "sv",
        "natural",
    )
    card = who.contact_card
    assert (card.title, card.languages, card.source, card.informed_at) == (
        "rehtori",
        ["sv"],
        "Messut",
        None,
    )
    assert list(card.phones.values_list("number", "kind", "is_primary")) == [
        ("+358401234567", "mobile", True)
    ]
    open_one = Affiliation.objects.get()
    assert (open_one.person, open_one.organisation, open_one.title, open_one.is_primary) == (
        who,
        where,
        "rehtori",
        True,
    )


def test_everything_an_organisation_can_have_comes_in(tmp_path):
    brought(
        tmp_path,
        "Yritys;Aputoiminimi;Toimiala;Henkilöstö;WWW;Verkkotunnus;Katuosoite;Postinumero;Postitoimipaikka;Maa;"
        "OVT-tunnus;Operaattori\n"
        "Konepaja Oy;Paja;25620;45;www.konepaja.fi;konepaja.fi;Katu 1;33520;Tampere;Suomi;003720774740;DABAFIHH\n",
    )
    found = Organisation.objects.get()
    assert (found.industry, found.size, found.website) == (
        "25620",
        "small",
        "https://www.konepaja.fi",
    )
    assert (found.einvoice_address, found.einvoice_operator) == ("003720774740", "DABAFIHH")
    assert OrganisationName.objects.values_list("name", "kind").get() == ("Paja", "trade")
    assert OrganisationDomain.objects.get().domain == "konepaja.fi"
    assert OrganisationAddress.objects.values_list(
        "kind", "street", "postcode", "city", "country"
    ).get() == ("postal", "Katu 1", "33520", "Tampere", "FI")


def test_people_of_one_organisation_make_it_once(tmp_path):
    brought(tmp_path, HEAD + ANNA + "KONEPAJA  OY;;Bo Ek;bo@konepaja.fi;;;\n")
    assert Organisation.objects.get().affiliations.count() == 2


def test_an_organisations_general_address_is_no_natural_person(tmp_path):
    brought(tmp_path, "Yritys;Sähköposti\nKonepaja Oy;info@konepaja.fi\n")
    assert Person.objects.get().kind == "organisation"


def test_a_person_of_two_organisations_has_one_primary(tmp_path):
    brought(tmp_path, HEAD + ANNA + "Toinen Oy;;Anna Virtanen;anna@konepaja.fi;;;\n")
    assert sorted(Affiliation.objects.values_list("organisation__name", "is_primary")) == [
        ("Konepaja Oy", True),
        ("Toinen Oy", False),
    ]


def test_each_row_keeps_its_ground_and_source(tmp_path):
    imported = brought(
        tmp_path,
        "Yritys;Käsittelyperuste;Todiste;Lähde\nA Oy;suostumus;kansio 3;\nB Oy;;;Vanha CRM\n",
    )
    assert list(imported.rows.order_by("no").values_list("basis", "proof", "source")) == [
        ("consent", "kansio 3", "Kuntamarkkinat 2026"),
        ("interest", "", "Vanha CRM"),
    ]


def test_without_ground_or_source_nothing_comes_in(tmp_path):
    imported = brought(tmp_path, "Yritys\nA Oy\n", Ground())
    assert told(imported) == [(2, ["no_basis", "no_source"])]
    assert not Organisation.objects.exists()


def test_no_import_gives_consent(tmp_path):
    brought(tmp_path, HEAD + ANNA, Ground("consent", "Messut", "kansio 3"))
    assert not Event.objects.exists()


# --- whom it means --------------------------------------------------------------------------------


def test_a_second_time_changes_nothing(tmp_path):
    brought(tmp_path, HEAD + ANNA)
    before = everything()
    again = brought(tmp_path, HEAD + ANNA)
    assert verdicts(again) == ["known"]
    assert everything() == before


def everything():
    models = (Organisation, Person, ContactPerson, ContactPhone, Affiliation)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_blanks_of_known_customers_are_filled_and_nothing_is_overwritten(tmp_path):
    anna = factories.person("ANNA@konepaja.fi", name="Anna Mäkelä")
    ContactPerson.objects.create(person=anna, title="johtaja")
    known = Organisation.objects.create(name="Konepaja", business_id="2077474-0", size="small")
    imported = brought(
        tmp_path,
        "Yritys;Y-tunnus;Koko;Toimiala;Nimi;Sähköposti;Titteli\nKonepaja Oy;2077474-0;300;62010;Anna Virtanen;anna@konepaja.fi;rehtori\n",
    )
    known.refresh_from_db()
    assert (known.name, known.size, known.industry, known.version) == (
        "Konepaja",
        "small",
        "62010",
        2,
    )
    anna.refresh_from_db()
    assert (anna.name, anna.contact_card.title) == ("Anna Mäkelä", "johtaja")
    assert told(imported) == [(2, ["differs"] * 4)]


def test_an_organisation_without_a_business_id_is_known_by_its_name_and_gets_it(tmp_path):
    known = Organisation.objects.create(name="konepaja oy")
    imported = brought(tmp_path, HEAD + ANNA)
    known.refresh_from_db()
    assert known.business_id == "2077474-0"
    assert told(imported) == [(2, ["by_name"])]


def test_the_same_name_with_another_business_id_is_another_organisation(tmp_path):
    Organisation.objects.create(name="Konepaja Oy", business_id="0112038-9")
    brought(tmp_path, HEAD + ANNA)
    assert Organisation.objects.count() == 2


def test_a_name_that_several_have_names_nobody(tmp_path):
    for _ in range(2):
        factories.organisation("Konepaja Oy")
    imported = brought(tmp_path, "Yritys\nKonepaja Oy\n")
    assert told(imported) == [(2, ["several"])]
    assert Organisation.objects.count() == 2


def test_a_business_id_that_merged_away_leads_to_the_kept_organisation(tmp_path):
    kept = Organisation.objects.create(name="Konepaja Oy", business_id="0112038-9")
    other = Organisation.objects.create(name="Verkstad Ab", business_id="2077474-0")
    merging.merge(kept, other, {}, by=factories.user())
    brought(tmp_path, "yritys;y-tunnus;toimiala\nVerkstad Ab;2077474-0;28\n")
    kept.refresh_from_db()
    assert list(Organisation.objects.all()) == [kept]
    assert (kept.business_id, kept.industry) == ("0112038-9", "28")


def test_a_new_business_id_without_a_name_makes_nobody(tmp_path):
    assert told(brought(tmp_path, "Y-tunnus\n2077474-0\n")) == [(2, ["no_name"])]


def test_the_same_phone_is_a_hint_and_no_key(tmp_path):
    other = ContactPerson.objects.create(person=factories.person("muu@example.org"))
    ContactPhone.objects.create(contact=other, number="+358401234567")
    imported = brought(tmp_path, HEAD + ANNA)
    assert told(imported) == [(2, ["same_phone"])]
    assert Person.objects.count() == 2


# --- the ground of section 202 ------------------------------------------------------------------------


def test_an_import_that_concerns_their_work_gives_the_ground_of_section_202(tmp_path):
    digi = factories.topic("digi")
    ground = Ground("interest", "Messut", topic=digi)
    brought(tmp_path, HEAD + ANNA, ground)
    anna = Person.objects.get()
    event = Event.objects.get()
    assert (event.action, event.method, event.topic, event.basis) == (
        "legal_person",
        "import",
        digi,
        "legal_person",
    )
    assert event.source == f"import {Import.objects.get().pk}"
    assert permission.may_contact(anna, "newsletter", topic=digi).allowed
    brought(tmp_path, HEAD + ANNA, ground)
    assert Event.objects.count() == 1


def test_a_private_address_gives_no_ground(tmp_path):
    ground = Ground("interest", "Messut", topic=factories.topic("digi"))
    imported = brought(tmp_path, HEAD + ANNA.replace("konepaja.fi", "gmail.com"), ground)
    assert told(imported) == [(2, ["not_for_work"])]
    assert Person.objects.get().email == "anna@gmail.com"
    assert not Event.objects.exists()


def test_a_refusal_is_never_lifted_by_an_import(tmp_path):
    digi = factories.topic("digi")
    anna = factories.person("anna@konepaja.fi")
    ledger.withdraw(anna, "newsletter", method="form")
    imported = brought(tmp_path, HEAD + ANNA, Ground("interest", "Messut", topic=digi))
    assert (2, "refused") in [(no, codes[-1]) for no, codes in told(imported)]
    assert not permission.may_contact(anna, "newsletter", topic=digi).allowed


# --- parents --------------------------------------------------------------------------------------------


def test_a_parent_is_found_wherever_in_the_file_it_is(tmp_path):
    brought(
        tmp_path,
        "Yritys;Y-tunnus;Emoyhtiö\nTytär Oy;;2077474-0\nTytär 2 Oy;;Emo Oyj\nEmo Oyj;2077474-0;\n",
    )
    assert sorted(Organisation.objects.values_list("name", "parent__name")) == [
        ("Emo Oyj", None),
        ("Tytär 2 Oy", "Emo Oyj"),
        ("Tytär Oy", "Emo Oyj"),
    ]


def test_organisations_are_never_in_a_circle(tmp_path):
    imported = brought(
        tmp_path, "Yritys;Emoyhtiö\nA Oy;B Oy\nB Oy;C Oy\nC Oy;A Oy\nD Oy;D Oy\nE Oy;Ei ole\n"
    )
    assert sorted(Organisation.objects.values_list("name", "parent__name")) == [
        ("A Oy", "B Oy"),
        ("B Oy", "C Oy"),
        ("C Oy", None),
        ("D Oy", None),
        ("E Oy", None),
    ]
    assert told(imported) == [(4, ["cyclic"]), (5, ["cyclic"]), (6, ["no_parent"])]


# --- trial, slices, states ----------------------------------------------------------------------------------


def test_a_trial_changes_nothing_and_says_what_will_happen(tmp_path):
    factories.organisation("Konepaja Oy", factories.person("anna@konepaja.fi"))
    before = everything()
    imported = checked(tmp_path, MIXED)
    foretold = report.counts(imported)
    assert (foretold.new, foretold.known, foretold.left_out) == (2, 1, 1)
    assert (foretold.organisations, foretold.people) == (1, 2)
    assert (everything(), imported.state) == (before, "checked")
    steps.begin(imported, now=timezone.now())
    assert report.counts(run(imported)).as_json() == foretold.as_json()


def test_a_new_customer_of_many_rows_is_foretold_once_in_any_slice(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "SLICE", 1)
    foretold = report.counts(checked(tmp_path, MIXED))
    assert (foretold.organisations, foretold.people) == (2, 3)


@pytest.mark.parametrize("size", [1, 2, 500])
def test_slices_of_any_size_come_to_the_same(tmp_path, monkeypatch, size):
    monkeypatch.setattr(rows, "SLICE", size)
    brought(tmp_path, MIXED)
    assert sorted(Organisation.objects.values_list("name", flat=True)) == ["Konepaja Oy", "Uusi Oy"]
    assert sorted(Affiliation.objects.values_list("person__name", "organisation__name")) == [
        ("Anna Virtanen", "Konepaja Oy"),
        ("Bo Ek", "Uusi Oy"),
        ("Cia Ek", "Uusi Oy"),
    ]


def test_a_slice_that_fails_leaves_nothing_and_is_done_again(tmp_path, monkeypatch):
    imported = checked(tmp_path, MIXED)
    steps.begin(imported, now=timezone.now())
    with monkeypatch.context() as broken:
        broken.setattr(bringing, "write", lambda work: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            slices.work(imported, now=timezone.now())
    assert not Organisation.objects.exists()
    assert set(imported.rows.values_list("state", flat=True)) == {"checked"}
    assert run(imported).state == "done"
    assert Organisation.objects.count() == 2


def test_queries_of_a_slice_do_not_grow_with_its_rows(tmp_path, django_assert_num_queries):
    def lines(length):
        return HEAD + "".join(
            f"Yritys {no} Oy;;Etu {no};etu{no}@yritys{no}.fi;040 {1234000 + no};;\n"
            for no in range(length)
        )

    for length in (3, 60):
        imported = checked(tmp_path, lines(length))
        steps.begin(imported, now=timezone.now())
        with django_assert_num_queries(QUERIES):
            slices.work(imported, now=timezone.now())
        ImportRow.objects.all().delete()
        Affiliation.objects.all().delete()
        Organisation.objects.all().delete()
        Person.objects.all().delete()


QUERIES = 23


@pytest.mark.parametrize(
    ("verb", "states"),
    [
        (steps.check, {"mapped"}),
        (lambda each: steps.begin(each, now=NOW), {"checked"}),
        (steps.undo, {"done"}),
        (steps.discard, {"read", "mapped", "checked"}),
        (
            lambda each: steps.name_columns(each, [""], GROUND, by=None),
            {"read", "mapped", "checked"},
        ),
    ],
)
def test_a_step_is_taken_from_its_place_alone(verb, states):
    for state in Import.State.values:
        imported = Import.objects.create(
            file_name="a.csv", headings=["Nimi"], state=state, begun_at=NOW, done_at=NOW
        )
        if state in states:
            verb(imported)
        else:
            with pytest.raises(WrongStateError):
                verb(imported)
            assert Import.objects.get(pk=imported.pk).state == state


def test_what_columns_mean_is_remembered_for_the_next_file(tmp_path):
    first = received(tmp_path, "Foo;Bar\nKonepaja Oy;x\n")
    assert first.columns == ["", ""]
    steps.name_columns(first, ["organisation", ""], GROUND, by=None)
    assert received(tmp_path, "bar;FOO\nx;Toinen Oy\n").columns == ["", "organisation"]
    assert ImportMapping.objects.count() == 1


def test_a_file_of_too_many_rows_leaves_nothing(tmp_path, monkeypatch):
    from crm.importing import uploads
    from crm.importing.problems import UnreadableError

    monkeypatch.setattr(uploads, "MOST_ROWS", 2)
    with pytest.raises(UnreadableError) as refusal:
        received(tmp_path, "Yritys\nA\nB\nC\n")
    assert refusal.value.problem.code == "too_many_rows"
    assert not Import.objects.exists()


def test_a_long_cell_and_a_crooked_row_cost_themselves(tmp_path):
    imported = brought(
        tmp_path, "Yritys;Nimi\nA Oy;\n" + "x" * 1_000_000 + ";\nB Oy;;liikaa\nC Oy;\n"
    )
    assert told(imported) == [(3, ["cell_too_long"]), (4, ["more_cells"])]
    assert sorted(Organisation.objects.values_list("name", flat=True)) == ["A Oy", "C Oy"]


# --- forgetting ------------------------------------------------------------------------------------------


def test_what_rows_said_is_forgotten_after_90_days(tmp_path, set_clock):
    from crm.importing import forgetting

    imported = brought(tmp_path, HEAD + ANNA)
    later = NOW + timedelta(days=90, minutes=1)
    assert forgetting.forget(now=later - timedelta(minutes=2)) == 0
    assert imported.rows.get().values
    assert forgetting.forget(now=later) == 1
    row = imported.rows.get()
    assert (row.values, row.emails, row.made, row.filled) == ([], [], {}, [])
    assert (row.person.name, row.basis, row.source) == (
        "Anna Virtanen",
        "interest",
        "Kuntamarkkinat 2026",
    )
    with pytest.raises(WrongStateError):
        steps.undo(imported)
    assert forgetting.forget(now=later) == 0


def test_a_file_that_was_never_brought_in_is_forgotten_whole(tmp_path):
    from crm.importing import forgetting

    importing.checked(tmp_path, HEAD + ANNA)
    assert forgetting.forget(now=NOW + timedelta(days=91)) == 1
    assert not Import.objects.exists()


@pytest.mark.parametrize(("state", "kept"), [("checking", 0), ("importing", 1), ("undoing", 1)])
def test_a_trial_that_never_ends_is_forgotten_too(tmp_path, state, kept):
    from crm.importing import forgetting

    imported = importing.checked(tmp_path, HEAD + ANNA)
    values = {"begun_at": NOW, "done_at": NOW} if state == "undoing" else {}
    Import.objects.filter(pk=imported.pk).update(state=state, **values)
    assert forgetting.forget(now=NOW + timedelta(days=91)) == 1 - kept
    assert Import.objects.count() == kept


def test_erasing_a_person_takes_the_rows_that_name_them(tmp_path):
    brought(tmp_path, HEAD + ANNA + "Uusi Oy;;Bo Ek;bo@uusi.fi;;;\n")
    received(tmp_path, "Foo;Bar\nx;Anna <ANNA@konepaja.fi>\ny;bo@uusi.fi\n")
    erasure.erase("anna@konepaja.fi")
    assert sorted(ImportRow.objects.values_list("emails", flat=True)) == [["bo@uusi.fi"]] * 2
