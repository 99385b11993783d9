"""A company in the Finnish business register, by the open data interface of PRH and the tax administration, version 3 (C1.1).

`GET {BUSINESS_REGISTER_URL}/companies?businessId=…` answers {"totalResults", "companies": […]}. It is asked only when a
member of staff presses for it, waits three seconds at most, and never inside a transaction. Without the setting it is off.
"""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import partial
from http.client import HTTPException
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

SECONDS = 3.0
LARGEST = 1_048_576  # bytes of an answer; a company of many names takes 40,000
TOL_2008 = {"TOIMI4", ""}  # the register's name of the code set that `industry` is in
REGISTERED, TRADE, PARALLEL = (
    "1",
    "3",
    "2",
)  # types of names: the name itself, auxiliary, parallel in another language
VISITING, POSTAL = 1, 2  # types of addresses
LANGUAGES = {"fi": "1", "sv": "2", "en": "3"}
SITUATIONS = frozenset({"SANE", "SELTILA", "KONK"})  # reorganisation, liquidation, bankruptcy
CEASED = "4"  # of the trade register


class Trouble(StrEnum):
    """Why the register gave no answer."""

    OFF = "off"
    BUSY = "busy"
    DOWN = "down"
    GARBLED = "garbled"


class RegisterError(Exception):
    """The register gave no answer that can be used; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True)
class Place:
    """An address, as the register has it."""

    street: str
    postcode: str
    city: str
    country: str = "FI"

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.street, f"{self.postcode} {self.city}".strip()]))


@dataclass(frozen=True)
class Company:
    """What the register says today. `names` are the others in force: (name, kind of OrganisationName)."""

    business_id: str
    name: str
    names: tuple[tuple[str, str], ...] = ()
    form: str = ""
    industry: str = ""
    industry_in_words: str = ""
    website: str = ""
    visiting: Place | None = None
    postal: Place | None = None
    situations: tuple[str, ...] = ()
    ended_on: date | None = None
    is_removed: bool = False
    former: tuple[str, ...] = field(default=())

    @property
    def is_alive(self) -> bool:
        """Whether it does business still, as far as the register knows."""
        return self.ended_on is None and not self.is_removed


def is_on() -> bool:
    """Whether this portal asks the register at all."""
    return bool(settings.BUSINESS_REGISTER_URL)


def find(business_id: str, language: str = "fi") -> Company | None:
    """The company of this business ID; None when the register has none. RegisterError when it gives no answer."""
    if not is_on():
        raise RegisterError(Trouble.OFF)
    answer = fetch(f"{settings.BUSINESS_REGISTER_URL}/companies?businessId={quote(business_id)}")
    try:
        found = [each for each in answer["companies"] if each["businessId"]["value"] == business_id]
        return company_of(found[0], language) if found else None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RegisterError(Trouble.GARBLED) from error


# --- the question ------------------------------------------------------------------------


def fetch(address: str) -> Any:
    """The answer's JSON, no more of it than LARGEST; None counts as no company."""
    if urlsplit(address).scheme not in {"http", "https"}:
        raise RegisterError(Trouble.OFF)
    request = urllib.request.Request(  # noqa: S310  the scheme was looked at
        address, headers={"Accept": "application/json", "User-Agent": "Kudelma"}
    )
    body = in_time(partial(read, request))
    if len(body) > LARGEST:
        raise RegisterError(Trouble.GARBLED)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RegisterError(Trouble.GARBLED) from error


def in_time(ask: Callable[[], bytes]) -> bytes:
    """What it answers within SECONDS by the clock: the time limit of a socket begins anew with every byte."""
    answers: SimpleQueue[bytes | RegisterError] = SimpleQueue()

    def run() -> None:
        try:
            answers.put(ask())
        except RegisterError as error:
            answers.put(error)

    Thread(target=run, daemon=True).start()
    try:
        told = answers.get(timeout=SECONDS)
    except Empty as error:
        raise RegisterError(Trouble.DOWN) from error
    if isinstance(told, RegisterError):
        raise told
    return told


def read(request: urllib.request.Request) -> bytes:
    """The answer's bytes, no more than LARGEST and one."""
    ends = time.monotonic() + SECONDS
    body = b""
    try:
        with opener().open(request, timeout=SECONDS) as answer:
            while piece := answer.read1(LARGEST + 1 - len(body)):
                body += piece
                if time.monotonic() > ends:
                    raise TimeoutError
    except urllib.error.HTTPError as error:
        return refused(error)
    except (OSError, HTTPException) as error:
        raise RegisterError(Trouble.DOWN) from error
    return body


def refused(error: urllib.error.HTTPError) -> bytes:
    """No company for 404 (and 400: a business ID that was never given); else the trouble."""
    with error:
        if error.code in {400, 404}:
            return b'{"companies": []}'
        raise RegisterError(Trouble.BUSY if error.code == 429 else Trouble.DOWN) from error


def opener() -> urllib.request.OpenerDirector:
    """Follows no redirect: the register's address is the operator's word, not the answer's."""
    made = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        made.add_handler(handler())
    return made


# --- the answer --------------------------------------------------------------------------


def company_of(answer: dict[str, Any], language: str) -> Company:
    """The answer in our words; dates that have passed mean what was."""
    names = answer.get("names") or []
    now = [each for each in names if not each.get("endDate")]
    own = newest(each for each in now if str(each["type"]) == REGISTERED)
    line = answer.get("mainBusinessLine") or {}
    places = {int(each["type"]): place_of(each, language) for each in answer.get("addresses") or []}
    return Company(
        business_id=answer["businessId"]["value"],
        name=text(own["name"], 200) if own else "",
        names=others(now),
        form=in_words(newest(current(answer.get("companyForms"))), language),
        industry=industry_of(line),
        industry_in_words=in_words(line, language),
        website=website_of(answer.get("website")),
        visiting=places.get(VISITING),
        postal=places.get(POSTAL),
        situations=situations_of(answer.get("companySituations")),
        ended_on=day(answer.get("endDate")),
        is_removed=str(answer.get("tradeRegisterStatus", "")) == CEASED,
        former=tuple(
            text(each["name"], 200)
            for each in names
            if each.get("endDate") and str(each["type"]) == REGISTERED
        ),
    )


def current(rows: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    return [each for each in rows or [] if not each.get("endDate")]


def newest(rows: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Version 1 is the register's newest; without versions the last to be registered."""
    found = sorted(rows, key=lambda row: row.get("registrationDate") or "", reverse=True)
    return min(found, key=lambda row: int(row.get("version") or 1), default=None)


def others(names: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Auxiliary names, and parallel ones in other languages."""
    kinds = {TRADE: "trade", PARALLEL: "language"}
    return tuple(
        (text(each["name"], 200), kinds[str(each["type"])])
        for each in names
        if str(each["type"]) in kinds
    )


def industry_of(line: dict[str, Any]) -> str:
    """The code of the main line of business, if it is of TOL 2008."""
    code = str(line.get("type") or "")
    known = (line.get("typeCodeSet") or "") in TOL_2008
    return code if known and re.fullmatch(r"\d{2,5}", code) else ""


def situations_of(rows: list[dict[str, Any]] | None) -> tuple[str, ...]:
    """Reorganisation, liquidation or bankruptcy that is under way."""
    found = {str(each.get("type")) for each in current(rows)}
    return tuple(sorted(found & SITUATIONS))


def in_words(row: dict[str, Any] | None, language: str) -> str:
    """A code's description in the language, else in Finnish."""
    told = {
        each.get("languageCode"): each.get("description")
        for each in (row or {}).get("descriptions") or []
    }
    return text(told.get(LANGUAGES.get(language, "1")) or told.get("1") or "", 200)


def place_of(row: dict[str, Any], language: str) -> Place:
    """Street with number, stair and flat, or the post office box, or the free line, in which spaces are underscores."""
    flat = f"{row.get('apartmentNumber') or ''}{row.get('apartmentIdSuffix') or ''}"
    house = [row.get("street"), row.get("buildingNumber"), row.get("entrance"), flat]
    box = f"PL {row['postOfficeBox']}" if row.get("postOfficeBox") else ""
    street = " ".join(str(part).strip() for part in house if part) or box
    street = street or str(row.get("freeAddressLine") or "").replace("_", " ")
    care = f"c/o {row['co']}, " if row.get("co") else ""
    return Place(
        street=text(care + street, 200),
        postcode=text(row.get("postCode") or "", 12),
        city=city_of(row.get("postOffices") or [], language),
        country=country_of(row.get("country")),
    )


def city_of(offices: list[dict[str, Any]], language: str) -> str:
    """The post office's name in the language, else in Finnish; HELSINKI as Helsinki."""
    told = {each.get("languageCode"): each.get("city") for each in offices}
    return text(told.get(LANGUAGES.get(language, "1")) or told.get("1") or "", 80).title()


def country_of(code: object) -> str:
    """Two letters; the register leaves Finland out."""
    given = str(code or "FI").upper()
    return given if re.fullmatch(r"[A-Z]{2}", given) else "FI"


def website_of(row: dict[str, Any] | None) -> str:
    """An address that a browser takes; the register has www.example.fi."""
    given = text((row or {}).get("url") or "", 400)
    if not given or " " in given:
        return ""
    whole = given if "://" in given else f"https://{given}"
    parts = urlsplit(whole)
    return whole if parts.scheme in {"http", "https"} and "." in (parts.hostname or "") else ""


def day(given: object) -> date | None:
    return date.fromisoformat(str(given)[:10]) if given else None


def text(given: object, most: int) -> str:
    """A line of text without what no database takes."""
    seen = "".join(letter if letter.isprintable() else " " for letter in str(given))
    return " ".join(seen.split())[:most]
