"""Believable values of the mails of the customer register, in each language, for previews and tests."""

from mailing.templates import Values

SOURCES = {
    "fi": "Kuntamarkkinat 2026, osallistujalista",
    "sv": "Kommunmarknaden 2026, deltagarlista",
    "en": "Municipal Fair 2026, list of participants",
}


def imported(language: str) -> Values:
    """Somebody whose details came with a list; variants have other grounds."""
    return {
        "organisation": "Nokian kaupunki",
        "source": SOURCES[language],
        "basis": "interest",
        "institution": "Tampereen ammattikorkeakoulu",
    }
