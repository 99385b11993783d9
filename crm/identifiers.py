"""Numbers and names that others gave a customer, in the one form in which the register keeps them (C1.1)."""

import re
from collections.abc import Iterable

import phonenumbers
from django.utils.translation import get_language_info
from phonenumbers import NumberParseException, PhoneNumberFormat
from stdnum import iban
from stdnum.exceptions import ValidationError
from stdnum.fi import ytunnus

from consent.addresses import FREEMAIL

HOME = "FI"  # the region of a number written without a country
HOME_CODE = 358
LONGEST_DOMAIN = 253
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
TOP_LEVEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
OVT = re.compile(r"0037(\d{8})([A-Z0-9]{0,5})")
NOBODYS = "0000000-0"  # its check digit is right, and spreadsheets are full of zeros
OPERATOR = re.compile(r"[A-Z0-9]{6,20}")


class InvalidError(Exception):
    """The text is not what it should be; it is kept nowhere."""


class FreemailError(InvalidError):
    """Anybody gets an address at this domain: it tells nothing of an organisation."""


def business_id(text: str) -> str:
    """A Finnish business ID as 1234567-8; a VAT number (FI12345678) is taken too. InvalidError when the check fails."""
    try:
        number = ytunnus.validate(text)
    except ValidationError as error:
        raise InvalidError from error
    written = f"{number[:7]}-{number[7:]}"
    if written == NOBODYS:
        raise InvalidError
    return written


def domain(text: str) -> str:
    """A domain in lower case and in ASCII (IDNA), out of a domain, an e-mail address or a web address.

    InvalidError for what is none, FreemailError for one at which anybody gets an address.
    """
    host = text.strip().lower().rpartition("@")[2]
    host = re.sub(r"^[a-z]+://", "", host).split("/")[0].removeprefix("www.").rstrip(".")
    try:
        name = host.encode("idna").decode() if len(host) <= LONGEST_DOMAIN else ""
    except UnicodeError as error:
        raise InvalidError from error
    labels = name.split(".")
    if len(labels) < 2 or not TOP_LEVEL.fullmatch(labels[-1]):
        raise InvalidError
    if len(name) > LONGEST_DOMAIN or not all(LABEL.fullmatch(each) for each in labels):
        raise InvalidError
    if name in FREEMAIL:
        raise FreemailError
    return name


def domain_in_words(name: str) -> str:
    """The domain as its owner writes it: with ä and ö."""
    try:
        return name.encode().decode("idna")
    except UnicodeError:
        return name


def einvoice_address(text: str) -> str:
    """An OVT (0037, the business ID, up to five signs) or an IBAN, without spaces; InvalidError for anything else."""
    number = re.sub(r"[\s-]", "", text).upper()
    if match := OVT.fullmatch(number):
        business_id(match[1])
        return number
    try:
        return str(iban.validate(number))
    except ValidationError as error:
        raise InvalidError from error


def einvoice_operator(text: str) -> str:
    """An operator's code: its own OVT, the bank's BIC, or letters and digits; InvalidError for anything else."""
    code = re.sub(r"\s", "", text).upper()
    if not OPERATOR.fullmatch(code):
        raise InvalidError
    return code


def phone(text: str) -> str:
    """A phone number in E.164; without a country code it is a Finnish one. InvalidError for a number there cannot be."""
    try:
        number = phonenumbers.parse(text, HOME)
    except NumberParseException as error:
        raise InvalidError from error
    if not phonenumbers.is_valid_number(number):
        raise InvalidError
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def languages_in_words(codes: Iterable[str]) -> str:
    """The languages of ISO 639-1 codes by their own names, one after another: “suomi, svenska”."""
    return ", ".join(str(get_language_info(code)["name_local"]) for code in codes)


def phone_in_words(number: str, *, abroad: bool = False) -> str:
    """A number in E.164 as people write it: Finnish ones without the country code, unless it is for readers abroad."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return number
    at_home = parsed.country_code == HOME_CODE and not abroad
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)
