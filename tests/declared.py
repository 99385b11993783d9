"""The data protection officer's table of holdings, made from the declarations: `python -m tests.declared` writes it."""

import os
from collections.abc import Iterator
from pathlib import Path

import django

from consent.privacy import Column, Erased, Holding, Sort, holdings, tables, traces

PAGE = Path(__file__).resolve().parent.parent / "docs" / "privacy" / "holdings.md"
HEAD = """\
# What is held on people, column by column

For the data protection officer; [privacy](../privacy.md) is the way in. Each app declares this beside its models, for every column of every
table; a test refuses a column that is not declared, and another compares this page with the declarations. `python -m tests.declared` writes it.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_personal(), *_nobodys(), *_rest()])


def _personal() -> Iterator[str]:
    yield "## Rows that belong to a person, or point to one\n"
    for holding in holdings:
        if holding.whose is None and not holding.links():
            continue
        yield f"### `{holding.name}` · {holding.model._meta.db_table}\n"
        told = [
            f"Held for: {holding.reason}. How long: {holding.until}. By erasure: {fate(holding)}."
        ]
        told += [f"From: {holding.source}."] if holding.source else []
        told += [f"Others who get it: {holding.recipients}."] if holding.recipients else []
        yield " ".join(told) + "\n"
        yield "| column | personal | exported | by erasure |"
        yield "|---|---|---|---|"
        for column in holding.each_column():
            yield f"| {column.name} | {is_personal(column)} | {exported(column)} | {erased(holding, column)} |"
        yield ""


def fate(holding: Holding) -> str:
    if holding.whose is None:
        return "the row is nobody’s and stays; it points to the person no more"
    kept = "; ".join(f"{each.law}: until {each.until}" for each in holding.kept)
    return (
        f"{holding.erased.value}, but for what is kept ({kept})" if kept else holding.erased.value
    )


def is_personal(column: Column) -> str:
    if column.sort == Sort.PERSONAL:
        return "yes"
    return f"no: {column.because}" if column.because else "no"


def exported(column: Column) -> str:
    if column.sort != Sort.PERSONAL:
        return "–"
    if column.withheld:
        return f"no: {column.withheld}"
    return "yes, where it tells of them" if column.shown else "yes"


def erased(holding: Holding, column: Column) -> str:
    if column.link or column.sort != Sort.PERSONAL:
        return ("emptied" if column.becomes == "" else "set to null") if column.link else "–"
    if holding.erased == Erased.STAYS:
        return "stays"
    if holding.erased == Erased.EMPTIED and not column.is_emptied:
        return "with its row, or stays in the emptied one"
    if column.is_emptied:
        return "emptied" if column.becomes in ("", None) else "replaced"
    return "with its row"


def _nobodys() -> Iterator[str]:
    yield "## Rows about nobody\n"
    yield "| holding | table | what it is | text, and why it is about nobody |"
    yield "|---|---|---|---|"
    for holding in holdings:
        if holding.whose is None and not holding.links():
            told: dict[str, list[str]] = {}
            for column in holding.each_column():
                if column.sort == Sort.IMPERSONAL:
                    told.setdefault(column.because, []).append(column.name)
            texts = "; ".join(f"{', '.join(names)}: {why}" for why, names in told.items())
            table = holding.model._meta.db_table
            yield f"| `{holding.name}` | {table} | {holding.reason} | {texts or '–'} |"
    yield ""


def _rest() -> Iterator[str]:
    yield "## Outside the tables\n"
    yield "| name | what |"
    yield "|---|---|"
    for table in tables:
        yield f"| {table.name} | {table.because} |"
    for trace in traces:
        yield f"| {trace.name} | {trace.reason} |"
    yield ""


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    PAGE.write_text(page())
