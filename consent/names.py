"""The key under which names that are written differently are found alike, in SQL and in Python.

In the database it is a function, not a column: people are written by many ways (a statement at sign-in, an import, a form),
and a column that each of them must fill would be forgotten by one. The function is IMMUTABLE, so an index can hold it.
"""

import re

from django.db.models import CharField, Func

# Letters that are left out or replaced where a keyboard, a passport or an old register lacks them.
ACCENTED = "åäæáàâãāöøóòôõōőúùûüūýÿéèêëēėęíìîïīñńçćčšśžźżłðđw"
PLAIN = "aaaaaaaaoooooooouuuuuyyeeeeeeeiiiiinncccsszzzlddv"
# What a company's or an association's form is called in its name: it is not what tells it from others.
FORMS = (
    *(
        "oy",
        "oyj",
        "ab",
        "abp",
        "ky",
        "kb",
        "ay",
        "tmi",
        "fa",
        "ry",
        "rf",
        "sr",
        "osk",
        "andelslag",
    ),
    *("osakeyhtiö", "aktiebolag", "osuuskunta", "yhdistys", "säätiö", "stiftelse", "förening"),
    *("ltd", "limited", "inc", "gmbh", "as", "asoy", "plc", "llc", "oü", "aps"),
)
_TABLE = str.maketrans(ACCENTED, PLAIN)


def folded(text: str) -> str:
    """Lower case, without accents, a doubled letter once, w as v; nothing but letters, digits and single spaces."""
    lower = text.lower().replace("\N{COMBINING DOT ABOVE}", "")  # what Python makes of a Turkish İ
    plain = re.sub(r"[^a-z0-9]+", " ", lower.translate(_TABLE)).strip()
    return re.sub(r"([a-z])\1+", r"\1", plain)


FOLDED_FORMS = tuple(dict.fromkeys(folded(form) for form in FORMS))


def key(text: str) -> str:
    """The folded words without legal forms, in alphabetical order; as `name_key` of the database gives it."""
    return " ".join(sorted(word for word in folded(text).split() if word not in FOLDED_FORMS))


class NameKey(Func):
    """`name_key(…)` in a query."""

    function = "name_key"
    output_field = CharField()


class LocalPart(Func):
    """What stands before the @, in lower case."""

    template = "split_part(lower(%(expressions)s), '@', 1)"
    output_field = CharField()


class Domain(Func):
    """What stands after the @, in lower case."""

    template = "split_part(lower(%(expressions)s), '@', 2)"
    output_field = CharField()
