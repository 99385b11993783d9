"""Words as they are searched for: å, ä, ö and other letters without their signs, w as v; the same in Python and in SQL.

Two others fold otherwise on purpose: `common.order` keeps å, ä and ö apart, for they are letters of their own in a list;
`consent.names` also drops doubled letters and legal forms and sorts the words, to find who is written differently.

The SQL is made of PostgreSQL's own functions alone, so that an index can hold it and a row is compared in microseconds. The
indexes hold these very expressions: one letter more is a migration that builds them anew (tests/crm/test_search.py).
"""

import re

from django.contrib.postgres.search import SearchVectorField
from django.db.models import CharField, Func

ACCENTED = "åäöæøéèêëáàâãíîïóôõúüýñçčšžđw"
PLAIN = "aaoaoeeeeaaaaiiiooouuynccszdv"
_TABLE = str.maketrans(ACCENTED, PLAIN)

FOLDED = f"translate(lower({{}}), '{ACCENTED}', '{PLAIN}')"
WORDS = f"to_tsvector('simple', {FOLDED})"
# an address falls into its words, the last of its domain left out: every second one ends in fi
ADDRESS_WORDS = (
    r"to_tsvector('simple', translate(regexp_replace(lower({}), '\.[a-z]+$', ''), "
    f"'{ACCENTED}@.-_+', '{PLAIN}     '))"
)
_HERE = "%(expressions)s"


def fold(text: str) -> str:
    """As `Folded` does in the database."""
    return text.lower().translate(_TABLE)


def words(text: str) -> list[str]:
    """The folded words of what somebody typed, each once, in their order; an address falls into its own."""
    return list(dict.fromkeys(re.findall(r"[^\W_]+", fold(text))))


class Folded(Func):
    """A text folded; in an index of trigrams it finds what is nearly the same."""

    template = FOLDED.format(_HERE)
    output_field = CharField()


class Words(Func):
    """A name's folded words; in an index they are found by how they begin."""

    template = WORDS.format(_HERE)
    output_field = SearchVectorField()


class AddressWords(Func):
    """The same of an e-mail address."""

    template = ADDRESS_WORDS.format(_HERE)
    output_field = SearchVectorField()
