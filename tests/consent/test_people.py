"""The person behind an address: one for each, never taken over, kept right (GDPR Art. 16)."""

import json
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent import people
from consent.models import Address, Person
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_new_address_makes_a_person():
    person = people.person_for(" Anna@Example.org ", name="Anna", language="sv")
    assert (person.name, person.language, person.email) == ("Anna", "sv", "anna@example.org")
    assert Person.objects.count() == 1


def test_a_known_address_finds_its_person_as_they_are():
    known = factories.person("anna@example.org", name="Anna")
    assert people.person_for("ANNA@example.org", name="Joku", language="en") == known
    known.refresh_from_db()
    assert (known.name, known.language, Person.objects.count()) == ("Anna", "fi", 1)


def test_known_by_finds_an_address_in_any_case():
    known = factories.person("anna@example.org")
    Address.objects.update(email="Anna@Example.org")
    assert Person.objects.known_by("anna@EXAMPLE.org").get() == known


def test_known_by_looks_its_owner_up_once_whatever_the_planner_believes():
    with connection.cursor() as cursor:  # statistics of an empty register, and then a full one
        cursor.execute("SET ROLE portal_owner")
        cursor.execute("ANALYZE consent_person, consent_address, consent_alias")
    many = Person.objects.bulk_create(Person(name=f"Anna {number}") for number in range(500))
    Address.objects.bulk_create(
        Address(person=each, email=f"anna{each.pk}@example.org") for each in many
    )
    plan = Person.objects.known_by("anna@example.org").explain(analyze=True, format="json")
    [whole] = json.loads(plan)
    assert whole["Plan"]["Shared Hit Blocks"] + whole["Plan"]["Shared Read Blocks"] < 200, plan


def test_the_work_is_the_same_for_known_and_unknown():
    factories.person("anna@example.org")
    counts = []
    for email in ("anna@example.org", "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            people.person_for(email)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_the_same_person():
    found, gate = [], threading.Barrier(20)

    def find():
        connection.ensure_connection()
        gate.wait()
        try:
            found.append(people.person_for("anna@example.org").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=find) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert {Person.objects.get().pk} == set(found)


def test_a_user_is_joined_to_the_person_of_their_address():
    known = factories.person("anna@example.org", name="")
    user = factories.User.objects.create_user("anna@example.org", name="Anna")
    person = people.person_of(user)
    assert (person, person.user, person.name) == (known, user, "Anna")
    assert people.person_of(user) == person


def test_a_user_without_a_name_takes_the_person_s():
    factories.person("anna@example.org", name="Anna")
    user = factories.User.objects.create_user("anna@example.org")
    people.person_of(user)
    user.refresh_from_db()
    assert user.name == "Anna"


def test_another_user_s_person_is_never_taken_over():
    alice = factories.user("old@example.org", name="Alice")
    factories.User.objects.filter(pk=alice.pk).update(email="alice@example.org")
    bob = factories.User.objects.create_user("old@example.org", name="Bob")
    person = people.person_of(bob)
    assert person != alice.person
    assert (person.name, person.email) == ("Bob", "old@example.org")


def test_a_changed_address_is_where_the_person_is_reached():
    user = factories.user("old@example.org")
    user.email = "new@example.org"
    user.save()
    person = people.person_of(user)
    assert person.email == "new@example.org"
    assert list(Address.objects.values_list("email", "is_primary")) == [("new@example.org", True)]


def test_a_changed_address_is_taken_from_who_it_was_thought_to_be():
    other = factories.person("new@example.org")
    user = factories.user("old@example.org")
    user.email = "new@example.org"
    user.save()
    assert people.person_of(user).email == "new@example.org"
    assert other.addresses.count() == 0


def test_a_correction_reaches_the_user_too():
    user = factories.user(name="Anna")
    people.correct(user.person, name="Anna Öst", language="sv")
    user.refresh_from_db()
    assert (user.name, user.language, user.person.name) == ("Anna Öst", "sv", "Anna Öst")


def test_a_person_who_signs_in_nowhere_is_corrected_too():
    person = factories.person(name="Anna")
    people.correct(person, name="Anna Öst", language="sv")
    person.refresh_from_db()
    assert (person.name, person.language) == ("Anna Öst", "sv")
