"""Words and their base forms (A1.1)."""

import pytest

from courses.search import dictionaries, finnish, words
from courses.search.analysis import analyse
from courses.search.meaning import slips


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("GDPR:n ja AI:n vaatimukset", ["gdpr", "ja", "ai", "vaatimukset"]),
        (
            "EU:hun SAP:ssä AI:s micro:bit Tavoite: lepo",
            ["eu", "sap", "ai", "micro-bit", "tavoite", "lepo"],
        ),
        ("Data-analyysi, data–analyysi", ["data-analyysi", "data-analyysi"]),
        ("C++ ja C#", ["c++", "ja", "c#"]),
        ("koulu\u00adtus a\u0308", ["koulutus", "ä"]),
        ("klo 9:30, 5 op", ["klo", "9", "30", "5", "op"]),
        ("… ﾞ !", []),
    ],
)
def test_a_text_is_cut_into_words(text, found):
    assert words.words(text) == found


def test_folding_takes_accents_and_hyphens():
    assert words.fold("Data-Älykkyys") == "dataalykkyys"
    assert words.fold("café") == "cafe"


@pytest.mark.parametrize(
    ("word", "language", "lemma"),
    [
        ("hankinnoista", "fi", "hankinta"),
        ("Tampereella", "fi", "tampere"),
        ("utbildningarna", "sv", "utbildning"),
        ("supervisors", "en", "supervisor"),
        ("hhhh", "fi", None),
    ],
)
def test_the_dictionary_gives_base_forms(word, language, lemma):
    assert words.base(word, language) == lemma


def test_swedish_compounds_fall_into_their_parts():
    assert words.compound("ledarskapsutbildning", "sv") == ["ledarskap", "utbildning"]
    assert words.compound("utbildning", "sv") == []


@pytest.mark.parametrize(
    ("word", "lemma"),
    [
        ("kokouksissamme", "kokous"),
        ("tiimissäni", "tiimi"),
        ("hallituskin", "hallitus"),
        ("yrityksellenikö", "yritys"),
        ("hhhhni", None),
    ],
)
def test_finnish_endings_that_the_dictionary_lacks_are_taken_away(word, lemma):
    assert finnish.lemma(word) == lemma


def test_dots_are_put_back():
    assert "työhyvinvointi" in finnish.dotted("tyohyvinvointi")
    assert "tekoäly" in finnish.dotted("tekoalya")


@pytest.mark.parametrize(
    ("verb", "doing"),
    [
        ("kirjoittaa", "kirjoittaminen"),
        ("ohjelmoida", "ohjelmoiminen"),
        ("neuvotella", "neuvotteleminen"),
        ("työskennellä", "työskenteleminen"),
        ("valita", "valitseminen"),
        ("talo", None),
    ],
)
def test_a_verb_has_a_name_for_doing_it(verb, doing):
    assert finnish.gerund(verb) == doing


def test_voikko_takes_an_inflected_compound_apart():
    found = analyse("tekoälykoulutuksissa", "fi")
    assert found.bases == {"tekoälykoulutus"}
    assert {"tekoäly", "koulutus"} <= found.parts


def test_a_derived_word_has_what_it_comes_from_as_kin():
    assert analyse("kouluttaja", "fi").kin == {"kouluttaa"}
    assert {"johtaa", "johtaminen"} == analyse("johtamisesta", "fi").bases


def test_swedish_parts_are_kept_unless_they_are_there_by_chance():
    assert analyse("ledarskapsutbildningar", "sv").parts == {"ledarskap", "utbildning"}
    assert analyse("rekryterare", "sv").parts == set()


def test_stop_words_have_no_base_form():
    assert analyse("mutta", "fi").bases == set()


@pytest.mark.parametrize("word", ["promptaus", "kubernetes", "dashboardit"])
def test_a_word_nobody_knows_stays_as_it_is(word):
    assert analyse(word, "fi").bases == {word}


def test_the_parts_of_a_hyphenated_word_are_found():
    assert {"excel", "koulutus"} <= analyse("excel-koulutuksissa", "fi").parts


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("", "", 0),
        ("johtaminen", "johtaminen", 0),
        ("johtmainen", "johtaminen", 1),
        ("excle", "excel", 1),
        ("tuva", "tulva", 1),
        ("tullva", "tulva", 1),
        ("tolva", "tulva", 1),
        ("kissa", "", 5),
        ("talo", "kissa", 5),
    ],
)
def test_slips_of_the_keys_are_counted(one, other, count):
    assert slips(one, other) == slips(other, one) == count


@pytest.fixture
def empty_folder(settings, tmp_path):
    settings.WORDS_DIR = tmp_path / "words"
    for cached in (words._dictionaries, words._built):
        cached.cache_clear()
    yield settings.WORDS_DIR
    for cached in (words._dictionaries, words._built):
        cached.cache_clear()


def test_no_dictionary_is_built_by_asking_for_a_word(empty_folder, caplog):
    assert words.base("supervisors", "en") is None
    assert not empty_folder.exists()
    assert "courses.search.dictionaries" in caplog.text


def test_building_makes_what_is_missing_and_drops_former_versions(empty_folder, monkeypatch):
    monkeypatch.setattr(dictionaries, "LANGUAGES", ("en",))
    former = empty_folder / "1.0"
    former.mkdir(parents=True)
    (former / "fi.dic").touch()
    dictionaries.build()
    built = words.folder() / "en.dic"
    made_at = built.stat().st_mtime_ns
    assert not former.exists()
    assert words.base("supervisors", "en") == "supervisor"
    dictionaries.build()
    assert built.stat().st_mtime_ns == made_at


def test_a_dictionary_half_made_gets_no_name(empty_folder, monkeypatch):
    def die(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(dictionaries.TrieDictionaryFactory, "get_dictionary", die)
    with pytest.raises(KeyboardInterrupt):
        dictionaries.build()
    assert list(empty_folder.rglob("*.dic")) == []
