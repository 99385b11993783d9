"""CPU of the workbench's pages at 100,000 contacts against a bare view that lists 20 rows with one query (`bench.bare`)."""

from collections.abc import Iterator
from functools import partial

from django.test import override_settings
from django.urls import reverse

from accounts.models import User
from bench.crm.cpu import Spent, spent
from bench.crm.register import ORGANISATION, PERSON, ROUNDS
from bench.rounds import Ratio, interleaved
from consent import ledger
from consent.kinds import Method
from consent.models import Person
from crm.lists import people
from tests.clients import Client

REQUESTS = 10
DEEP = 90_000


def measure(user: User) -> Iterator[Ratio]:
    """Each page twice: the CPU of this process alone, as of the catalogue, and with the database's."""
    grant_newsletter()
    listed = reverse("site:staff_people")
    wide = f"{listed}?language=sv&decision=decides"
    narrow = f"{listed}?organisation={ORGANISATION}"
    for what, path in (
        ("the workbench’s first page", reverse("site:staff")),
        (
            "360° page of a person with 2,000 encounters",
            reverse("site:staff_person", args=[PERSON]),
        ),
        (
            "360° page of an organisation with 2,000 encounters",
            reverse("site:staff_organisation", args=[ORGANISATION]),
        ),
        ("people list, first page", listed),
        ("people list, filtered to an organisation", narrow),
        ("people list, filtered to 5,000 people", wide),
        (f"people list, from row {DEEP:,} on", f"{listed}?after={deep()}"),
        ("organisations list, first page", reverse("site:staff_organisations")),
    ):
        ours, plain = interleaved(partial(page, path, user), bare, rounds=ROUNDS)
        yield ratio(f"{what}, CPU", [each.own for each in ours], [each.own for each in plain])
        yield ratio(
            "the same with the database’s CPU",
            [each.both for each in ours],
            [each.both for each in plain],
        )


def ratio(what: str, ours: list[float], plain: list[float]) -> Ratio:
    return Ratio(what, ours, plain, "ms", "–")


def page(path: str, user: User) -> Spent:
    """What a request of the member of staff takes."""
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return answered(client, path)


def bare() -> Spent:
    """What a request of the bare view takes."""
    with override_settings(MIDDLEWARE=[], ROOT_URLCONF="bench.bare"):
        return answered(Client(headers={"host": "localhost"}), "/")


def answered(client: Client, path: str) -> Spent:
    assert client.get(path).status_code == 200
    return spent(REQUESTS, partial(client.get, path))


def grant_newsletter() -> None:
    """Something for the person's page to say of what they permit."""
    person = Person.objects.get(pk=PERSON)
    wording = ledger.wording_of("newsletter", "fi")
    ledger.grant(person, "newsletter", wording=wording, method=Method.FORM)


def deep() -> int:
    """The key of the person that many rows down the list."""
    order = people.ORDERS[0]
    rows = people.everybody().annotate(sort_key=order.by).order_by("sort_key", "pk")
    return int(rows.values_list("pk", flat=True)[DEEP])
