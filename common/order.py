"""Names in the order of a Finnish list, whatever locale the database was made with: å, ä, ö last, w as v.

Its letters are those of an order, not of a likeness: `common.folding` and `consent.names` do that.
"""

from django.db.models import CharField, Func

FROM, TO = "åäöæøüéw", "{|}|}yev"
LETTERS = f"'{FROM}', '{TO}'"


class FinnishOrder(Func):
    """What a name is sorted by; the same expression in an index makes a long list quick."""

    template = f'(translate(lower(%(expressions)s), {LETTERS}) COLLATE "C")'
    output_field = CharField()

    @staticmethod
    def of(text: str) -> str:
        """The same of a text in Python, to look for names that begin with it."""
        return text.lower().translate(str.maketrans(FROM, TO))


class SurnameOrder(Func):
    """The same for a person's name, by its last word first: “Anna Virtanen” stands under V."""

    template = (
        r"(translate(lower(regexp_replace(%(expressions)s, '^(.*) ([^ ]+)$', '\2 \1')),"
        f' {LETTERS}) COLLATE "C")'
    )
    output_field = CharField()
