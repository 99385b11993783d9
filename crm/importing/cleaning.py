"""What a row's cells say: an organisation, a person, a ground for holding them; and what of it cannot be read.

What the row hangs on (keys, a name, ground and source) leaves it out when it is wrong. Any other cell that cannot be read
is left empty and told.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from consent.addresses import GENERAL
from crm import identifiers
from crm.identifiers import FreemailError, InvalidError
from crm.importing.headings import fields, folded
from crm.importing.lengths import longest
from crm.importing.problems import Problem, Why
from crm.models import ContactPhone, Import, ImportRow
from crm.models.imports import Basis

FILE = Path(__file__).with_name("values.toml")
KEYS = {"organisation", "name", "email"}  # a row whose key is too long means nobody
SIZES = ((10, "micro"), (50, "small"), (250, "medium"))
KINDS = {
    phonenumbers.PhoneNumberType.MOBILE: ContactPhone.Kind.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE: ContactPhone.Kind.MOBILE,
}
is_url = URLValidator(schemes=["http", "https"])


@dataclass
class Entry:
    """A row as it is meant. `problems` leave it out, `notices` only tell; both are for staff."""

    row: ImportRow
    cells: dict[str, str] = field(default_factory=dict)
    phones: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        """The field's value, or nothing; KeyError for what is no field, so that templates look further."""
        if name not in fields():
            raise KeyError(name)
        return self.cells.get(name, "")

    @property
    def has_organisation(self) -> bool:
        return bool(self["organisation"] or self["business_id"])

    @property
    def is_general(self) -> bool:
        """Whether the address is an organisation's, such as info@, and not somebody's."""
        return not self["name"] and self["email"].partition("@")[0] in GENERAL

    def wrong(self, code: Why, name: str, **values: object) -> None:
        self.problems.append(Problem(code, values, name))

    def tell(self, code: Why, name: str, **values: object) -> None:
        self.notices.append(Problem(code, values, name))


@cache
def words() -> dict[str, dict[str, str]]:
    """What each word in a cell means, by field."""
    found = tomllib.loads(FILE.read_text())
    return {
        name: {folded(word): meant for meant, group in meanings.items() for word in group}
        for name, meanings in found.items()
    }


def entry_of(row: ImportRow, imported: Import) -> Entry:
    """Read the row by what the import's columns mean; nothing is asked of the database."""
    entry = Entry(row)
    if row.problems and not row.values:  # a row that could not be read from the file
        entry.problems = [Problem.from_json(each) for each in row.problems]
        return entry
    cells = zip(imported.columns, row.values, strict=False)
    entry.cells = {name: cell for name, cell in cells if name and cell}
    for name, clean in CLEANED.items():
        if entry[name]:
            entry.cells[name] = clean(entry, entry[name])
    pair_einvoice(entry)
    join_name(entry)
    shorten(entry)
    add_phones(entry)
    add_ground(entry, imported)
    if not entry.problems:
        look_for_somebody(entry)
    return entry


def look_for_somebody(entry: Entry) -> None:
    """A row is about an organisation, a person with an address, or both."""
    is_person = entry["name"] or entry.phones
    if is_person and not entry["email"]:
        entry.wrong(Why.NO_EMAIL, "email")
    elif not (entry.has_organisation or entry["email"]):
        entry.wrong(Why.NOBODY, "")


# --- keys --------------------------------------------------------------------------------


def business_id(entry: Entry, cell: str) -> str:
    """1234567-8, however it was typed: without the hyphen or its one first zero, or as FI12345678."""
    digits = re.sub(r"[\s.–—-]", "", cell).upper().removeprefix("FI")
    digits = f"0{digits}" if len(digits) == 7 else digits
    try:
        return identifiers.business_id(digits)
    except InvalidError:
        entry.wrong(Why.BUSINESS_ID, "business_id")
        return ""


def email(entry: Entry, cell: str) -> str:
    """An address in lower case; what mail programs put around it goes."""
    found = re.search(r"<([^<>\s]+)>\s*$", cell)
    given = (found.group(1) if found else cell).strip().removeprefix("mailto:").lower()
    try:
        validate_email(given)
    except ValidationError:
        entry.wrong(Why.EMAIL, "email")
        return ""
    return given


# --- the organisation's other cells -----------------------------------------------------------


def industry(entry: Entry, cell: str) -> str:
    """A code of TOL 2008, with or without its letter, dots and words: J 62.01 Ohjelmistot → 6201."""
    found = re.match(r"^(?:[A-V]\s*)?(\d{2}(?:[.\s]?\d{1,3})?)(?!\d)", cell.upper())
    code = re.sub(r"\D", "", found.group(1)) if found else ""
    return code if 2 <= len(code) <= 5 else dropped(entry, "industry")


def size(entry: Entry, cell: str) -> str:
    """The class of a number of people, or of a word for the class."""
    meant = words()["size"].get(folded(cell))
    if meant:
        return meant
    digits = re.sub(r"[\s\u202f]", "", cell)
    if not re.fullmatch(r"\d{1,7}", digits):
        return dropped(entry, "size")
    return next((name for most, name in SIZES if int(digits) < most), "large")


def website(entry: Entry, cell: str) -> str:
    whole = cell if "://" in cell else f"https://{cell}"
    try:
        is_url(whole)
    except ValidationError:
        return dropped(entry, "website")
    return whole


def domain(entry: Entry, cell: str) -> str:
    """The domain alone: @Example.fi, www.example.fi and https://example.fi/ are example.fi."""
    try:
        return identifiers.domain(cell)
    except FreemailError:
        entry.tell(Why.FREEMAIL, "domain")
        return ""
    except InvalidError:
        return dropped(entry, "domain")


def einvoice_address(entry: Entry, cell: str) -> str:
    try:
        return identifiers.einvoice_address(cell)
    except InvalidError:
        return dropped(entry, "einvoice_address")


def einvoice_operator(entry: Entry, cell: str) -> str:
    try:
        return identifiers.einvoice_operator(cell)
    except InvalidError:
        return dropped(entry, "einvoice_operator")


def pair_einvoice(entry: Entry) -> None:
    """An e-invoice needs both parts of its address: one alone is left out and told."""
    parts = ("einvoice_address", "einvoice_operator")
    given = [name for name in parts if entry[name]]
    if len(given) == 1:
        entry.tell(Why.HALF_EINVOICE, given[0])
        entry.cells[given[0]] = ""


def postcode(entry: Entry, cell: str) -> str:
    """Finnish ones have five digits: a spreadsheet may have taken the zeros before 100 away."""
    digits = cell.replace(" ", "")
    if digits.isdecimal() and len(digits) < 5 and country_in(entry) == "FI":
        return digits.zfill(5)
    return cell


def country(entry: Entry, cell: str) -> str:
    """Two letters."""
    meant = words()["country"].get(folded(cell))
    if meant:
        return meant
    return cell.upper() if re.fullmatch(r"[A-Za-z]{2}", cell) else dropped(entry, "country")


def country_in(entry: Entry) -> str:
    """The row's country; Finland when it does not say."""
    cell = entry["country"]
    return words()["country"].get(folded(cell), cell.upper()) or "FI"


def language(entry: Entry, cell: str) -> str:
    return words()["language"].get(folded(cell)) or dropped(entry, "language")


def dropped(entry: Entry, name: str) -> str:
    """Nothing, and a word that the cell was not understood."""
    entry.tell(Why.NOT_UNDERSTOOD, name)
    return ""


CLEANED: dict[str, Callable[[Entry, str], str]] = {
    "business_id": business_id,
    "email": email,
    "industry": industry,
    "size": size,
    "website": website,
    "domain": domain,
    "einvoice_address": einvoice_address,
    "einvoice_operator": einvoice_operator,
    "postcode": postcode,
    "country": country,
    "language": language,
}


# --- the person's other cells -------------------------------------------------------------------


def join_name(entry: Entry) -> None:
    """One name from two columns, or from “Virtanen, Anna”."""
    parts = " ".join(filter(None, [entry["first_name"], entry["last_name"]]))
    if parts:
        entry.cells["name"] = parts
    elif re.fullmatch(r"[^,]+,[^,]+", entry["name"]):
        last, first = entry["name"].split(",")
        entry.cells["name"] = f"{first.strip()} {last.strip()}"


def shorten(entry: Entry) -> None:
    """One line for each field; a name or an address too long to be one leaves the row out, other cells are left empty."""
    for name, most in longest().items():
        cell = entry.cells.get(name)
        if cell is None:
            continue
        entry.cells[name] = " ".join(cell.split())
        if len(entry.cells[name]) <= most:
            continue
        if name in KEYS:
            entry.wrong(Why.TOO_LONG, name, most=most)
        else:
            entry.tell(Why.TOO_LONG, name, most=most)
        entry.cells[name] = ""


def add_phones(entry: Entry) -> None:
    """Numbers in E.164; those without a country code are of the row's country."""
    for name in ("phone", "work_phone"):
        for cell in filter(None, re.split(r"[;/\n]|,\s", entry[name])):
            number = number_of(cell.strip(), country_in(entry))
            if number is None:
                entry.tell(Why.NOT_UNDERSTOOD, name)
            elif number[0] not in {known for known, _kind in entry.phones}:
                kind = ContactPhone.Kind.WORK if name == "work_phone" else number[1]
                entry.phones.append((number[0], kind))


def number_of(cell: str, region: str) -> tuple[str, str] | None:
    """The number and its kind; 358401234567 and 401234567 are what a spreadsheet made of +358… and 0…"""
    tries = [cell] if not cell.isdecimal() else [cell, f"+{cell}", f"0{cell}"]
    for each in tries:
        try:
            number = phonenumbers.parse(each, region)
        except phonenumbers.NumberParseException:
            continue
        meant = phonenumbers.number_type(number)
        if meant != phonenumbers.PhoneNumberType.UNKNOWN:  # of no kind is what is not valid
            kind = KINDS.get(meant, ContactPhone.Kind.WORK)
            written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return str(written), kind
    return None


# --- the ground -----------------------------------------------------------------------------------


def add_ground(entry: Entry, imported: Import) -> None:
    """Basis, proof and source: the row's own, else the import's; none of them is guessed."""
    meant = words()["basis"].get(folded(entry["basis"])) if entry["basis"] else imported.basis
    if entry["basis"] and not meant:
        entry.wrong(Why.BASIS_UNKNOWN, "basis")
    elif not meant:
        entry.wrong(Why.NO_BASIS, "basis")
    entry.cells["basis"] = meant or ""
    entry.cells["proof"] = entry["proof"] or imported.proof
    entry.cells["source"] = entry["source"] or imported.source
    if meant == Basis.CONSENT and not entry["proof"]:
        entry.wrong(Why.NO_PROOF, "proof")
    if not entry["source"]:
        entry.wrong(Why.NO_SOURCE, "source")
