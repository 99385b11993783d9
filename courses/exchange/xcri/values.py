"""Words of a feed as values: addresses, prices, credits, levels, languages, ways of teaching.

Each function answers None, or an empty text, when it is not sure; the words themselves are kept elsewhere.
"""

import re
from decimal import Decimal
from urllib.parse import urlsplit

from courses.models import Run

# --- addresses ------------------------------------------------------------------------

ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)
HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:/\S*)?", re.IGNORECASE)


def web_address(text: str) -> str:
    """The first http(s) address in the text, with a scheme if it came without; at most 500 characters."""
    text = text.strip().replace("&amp;", "&")
    found = ADDRESS.search(text)
    address = found[0].rstrip(".,;)'") if found else ""
    if not address and HOST.fullmatch(text):
        address = text
    if address and not address.lower().startswith(("http://", "https://")):
        address = f"http://{address}"
    return address if len(address) <= 500 and _has_host(address) else ""


def beside(address: str, text: str) -> str:
    """The text, unless it is nothing but the address found in it."""
    return "" if address and text in {address, address.removeprefix("http://")} else text


def _has_host(address: str) -> bool:
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False


# --- money ------------------------------------------------------------------------------

FREE = re.compile(
    r"(?:this course is )?(?:free(?: of charge)?|no (?:charge|cost|fees?)|nil|none"
    r"|maksuton|ilmainen|avgiftsfri(?:tt)?|kostnadsfri(?:tt)?|gratis)[.!]?",
    re.IGNORECASE,
)
NOTHING = re.compile(r"(?:[£€$]|gbp|eur)?\s*0+(?:[.,]0+)?\s*(?:[£€$]|gbp|eur)?", re.IGNORECASE)
EUROS = re.compile(
    r"(?:€|eur(?:os?|oa)?)\s*(?P<a>\d[\d\s.,]*)|(?P<b>\d[\d\s.,]*?)\s*(?:€|eur(?:os?|oa)?)",
    re.IGNORECASE,
)
MOST = Decimal(1_000_000)
WORDY = 80  # characters; what is longer is an explanation


def net_euros(text: str) -> Decimal | None:
    """The price when the text is nothing but an amount of euros, or says that it is free in any currency.

    None where VAT, another currency, a condition or a second amount is spoken of.
    """
    text = " ".join(text.split()) if len(text) <= WORDY else ""
    if FREE.fullmatch(text) or NOTHING.fullmatch(text):
        return Decimal(0)
    found = EUROS.fullmatch(text)
    amount = number(found["a"] or found["b"]) if found else None
    return amount if amount is not None and amount < MOST else None


def number(text: str) -> Decimal | None:
    """A number with the thousands and decimal marks of any country: 1 200,50 and 1,200.50 and 1.200."""
    digits = re.sub(r"[\s'’]", "", text).rstrip(".,")
    whole, _mark, cents = re.fullmatch(r"(.*?)(?:([.,])(\d{1,2}|\d{4,}))?", digits).groups()  # type: ignore[union-attr]  # matches any text
    if not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})*|\d+", whole):
        return None
    return Decimal(re.sub(r"\D", "", whole) + (f".{cents}" if cents else ""))


def shown_cost(text: str) -> str:
    """The words about the cost; a bare number without a database's spare decimals."""
    return f"{Decimal(text):.2f}" if re.fullmatch(r"\d{1,9}\.\d{3,9}", text) else text


# --- credits and levels -------------------------------------------------------------------

# Points of these schemes stand for 10 hours of learning; two of them equal one ECTS credit.
HALF_AN_ECTS = re.compile(r"\b(?:cats|scqf|cqfw|qcf|rqf|nicats|uk credit)\b", re.IGNORECASE)
ECTS = re.compile(r"\bects\b", re.IGNORECASE)
POINTS = re.compile(
    r"(\d{1,4}(?:[.,]\d+)?)\s*(?:credits?|points?|ects|cats|op|sp|hp)?\.?", re.IGNORECASE
)


def ects(scheme: str, value: str) -> Decimal | None:
    """Credits in ECTS, from that scheme or one whose rate to it is agreed; None for a provider's own points."""
    found = POINTS.fullmatch(value.strip())
    points = number(found[1]) if found else None
    if not points:
        return None
    if ECTS.search(f"{scheme} {value}"):
        return round(points, 1)
    return round(points / 2, 1) if HALF_AN_ECTS.search(f"{scheme} {value}") else None


# How national levels were referenced to the European Qualifications Framework (EQF).
FRAMEWORKS = {
    "eqf": dict(enumerate(range(1, 9), 1)),
    "scqf": {4: 2, 5: 3, 6: 4, 7: 5, 8: 5, 9: 6, 10: 6, 11: 7, 12: 8},
    "fheq": {4: 5, 5: 5, 6: 6, 7: 7, 8: 8},
    "rqf": {1: 2, 2: 3, 3: 4, 4: 5, 5: 5, 6: 6, 7: 7, 8: 8},
}
FRAMEWORKS |= dict.fromkeys(["qcf", "nqf", "cqfw"], FRAMEWORKS["rqf"])
LEVEL = re.compile(
    r"\b(eqf|scqf|fheq|rqf|qcf|nqf|cqfw)\b\W*(?:level|taso|nivå)?\W*(\d{1,2})\b", re.IGNORECASE
)


def eqf_level(text: str) -> int | None:
    """The EQF level of a text that names a framework and a level, such as “SCQF level 7”."""
    found = LEVEL.search(text[:300])
    return FRAMEWORKS[found[1].lower()].get(int(found[2])) if found else None


# --- ways and languages of teaching ----------------------------------------------------------

Delivery = Run.Delivery
ATTENDANCE = {
    "CM": Delivery.ON_SITE,
    "NC": Delivery.ON_SITE,
    "WB": Delivery.ON_SITE,
    "DA": Delivery.BLENDED,
    "MM": Delivery.BLENDED,
    "DS": Delivery.ONLINE,
    "ON": Delivery.ONLINE,
}
BLENDED = re.compile(
    r"blended|mixed|hybrid|with attendance|and/or home|monimuoto|flerform", re.IGNORECASE
)
ONLINE = re.compile(
    r"online|on-line|distance|self.study|e-?learning|home study|open learning|virtual|webinar|verkko|etä|distans|nät",
    re.IGNORECASE,
)


def delivery(code: str, *words: str) -> str:
    """Where the teaching happens, by XCRI's code or else by words; on site unless something says otherwise."""
    if code.upper() in ATTENDANCE:
        return ATTENDANCE[code.upper()]
    said = " ".join(words)
    if BLENDED.search(said):
        return Delivery.BLENDED
    return Delivery.ONLINE if ONLINE.search(said) else Delivery.ON_SITE


LANGUAGES = {
    "fi": "fin suomi finnish finska",
    "sv": "swe ruotsi swedish svenska",
    "en": "eng englanti english engelska",
    "cy": "cym wel welsh cymraeg",
    "gd": "gla gaelic scottish gaelic",
    "ga": "gle irish",
    "fr": "fra fre french ranska franska",
    "de": "deu ger german saksa tyska",
    "es": "spa spanish espanja spanska",
    "it": "ita italian italia italienska",
    "ru": "rus russian venäjä ryska",
    "zh": "zho chi chinese kiina kinesiska mandarin",
    "et": "est estonian viro estniska",
}
CODES = {word: code for code, words in LANGUAGES.items() for word in words.split()}


def language_code(text: str) -> str:
    """ISO 639 code for a tag (en-GB), an older code (eng) or a name (English); empty for anything else."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    known = next((CODES[word] for word in words if word in CODES), "")
    return known or (words[0] if words and len(words[0]) in {2, 3} and len(text) <= 12 else "")
