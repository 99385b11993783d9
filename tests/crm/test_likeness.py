"""How alike two entries are, held to pairs that people have labelled (C1.4)."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.utils import translation

from consent import names
from crm import likeness
from crm.likeness import BY_NAME, QUEUE_FROM, Body, Who

PAIRS = tomllib.loads(Path(__file__).with_name("pairs.toml").read_text())


def who(told):
    name, *rest = told
    phones = frozenset(each for each in rest if each.startswith("+"))
    return Who(name, tuple(each for each in rest if "@" in each), phones)


def body(told):
    ids = [each.removeprefix("id:") for each in told if each.startswith("id:")]
    domains = frozenset(each.removeprefix("@") for each in told if each.startswith("@"))
    called = tuple(each for each in told if not each.startswith(("id:", "@")))
    return Body(called, ids[0] if ids else "", domains)


def score(kind, pair):
    if kind == "person":
        return likeness.of_people(who(pair["one"]), who(pair["two"]))
    return likeness.of_organisations(body(pair["one"]), body(pair["two"]))


def found(kind):
    """Pairs that are one and found, that are two and found, that are one and not found."""
    hits = [(pair, score(kind, pair).score >= QUEUE_FROM) for pair in PAIRS[kind]]
    right = [pair["what"] for pair, is_found in hits if is_found and pair["same"]]
    wrong = [pair["what"] for pair, is_found in hits if is_found and not pair["same"]]
    missed = [pair["what"] for pair, is_found in hits if not is_found and pair["same"]]
    return right, wrong, missed


def test_there_are_enough_pairs():
    assert {kind: len(pairs) for kind, pairs in PAIRS.items()} == {"person": 46, "organisation": 23}


def test_people_precision_and_recall():
    """23 of the 26 that are one are found, and one pair that only they can tell apart: precision 23/24, recall 23/26."""
    right, wrong, missed = found("person")
    assert wrong == [
        "father and son with one name at the family's company (found: only they can tell)"
    ]
    assert missed == [
        "moved to another company (not queued: a namesake elsewhere looks the same)",
        "married, with a new surname and the old phone (not found: the names differ)",
        "a pet name (not found)",
    ]
    assert len(right) == 23


def test_organisations_precision_and_recall():
    """12 of the 13 that are one are found, and none that are two: precision 12/12, recall 12/13."""
    right, wrong, missed = found("organisation")
    assert wrong == []
    assert missed == ["renamed, the same domain (not found: the names differ)"]
    assert len(right) == 12


def test_a_name_that_several_have_says_less():
    one, two = Who("Liisa Virtanen", ("lv@a.example",)), Who("Liisa Virtanen", ("lv@b.example",))
    assert likeness.of_people(one, two).score == 45
    rare, common = replace(one, namesakes=2), replace(one, namesakes=3)
    assert likeness.of_people(rare, two).score == 45
    assert likeness.of_people(common, two).score == 30


@pytest.mark.parametrize("kind", ["person", "organisation"])
def test_it_does_not_matter_which_comes_first(kind):
    for pair in PAIRS[kind]:
        assert score(kind, pair) == score(kind, {"one": pair["two"], "two": pair["one"]})


@pytest.mark.parametrize("sign", ["name_same", "local_same", "name_differs"])
def test_control_without_a_sign_the_pairs_are_not_told_apart(sign, monkeypatch):
    blind = likeness.Sign(sign, 0, "")
    monkeypatch.setitem(BY_NAME["person"], sign, blind)
    right, wrong, _missed = found("person")
    assert (len(right), len(wrong)) != (23, 1)


def test_the_reasons_are_the_signs_the_score_is_made_of():
    one = Who("Liisa Virtanen", ("liisa.virtanen@konepaja.example",), frozenset({"+358401"}))
    two = Who("Wirtanen Liisa", ("lvirtanen@konepaja.example",), frozenset({"+358401"}))
    found = likeness.of_people(one, two)
    assert found == likeness.Likeness(100, ("name_same", "phone_same", "local_near", "domain_same"))


@pytest.mark.parametrize("kind", ["person", "organisation"])
def test_every_reason_has_words_in_each_language(kind):
    for sign in BY_NAME[kind].values():
        told = set()
        for language in ("fi", "sv", "en"):
            with translation.override(language):
                told.add(str(sign.words))
        assert len(told) == 3, sign.name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Wirtanen, Liisa",
        "Oy Ääkköset Ab",
        "Ståhl-Nyström, Åke",
        "Müller & Söhne GmbH",
        "ß ĳ Ǆ İstanbul",
        "a" * 3000,
        "🎓 Koulutus 2.0",
    ],
)
@pytest.mark.django_db
def test_the_key_is_the_same_in_the_database_and_in_python(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT name_key(%s)", [text])
        assert cursor.fetchone() == (names.key(text),)


@pytest.mark.parametrize("text", ["\x00", "\ud800", "ﷺ" * 10_000, "-" * 100_000])
def test_odd_text_is_only_text(text):
    odd = Who(text, (f"{text}@x.example",))
    assert likeness.of_people(odd, Who("Liisa Virtanen")).score == 0
