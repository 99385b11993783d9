"""Believable values of the mails about enrolments, in each language, for previews and tests."""

from mailing.samples import CONTACT
from mailing.templates import Values

TEXTS = {
    "fi": {
        "title": "Tekoäly esihenkilön työssä",
        "institution": "Tampereen ammattikorkeakoulu",
        "delivery": "lähiopetus",
        "contact": {**CONTACT, "title": "koulutuskoordinaattori, TAMK"},
    },
    "sv": {
        "title": "AI i chefens arbete",
        "institution": "Tammerfors yrkeshögskola",
        "delivery": "närundervisning",
        "contact": {**CONTACT, "title": "utbildningskoordinator, TAMK"},
    },
    "en": {
        "title": "AI in a manager’s work",
        "institution": "Tampere University of Applied Sciences",
        "delivery": "in person",
        "contact": {**CONTACT, "title": "Training Coordinator, TAMK"},
    },
}
SESSIONS = [
    {
        "starts_at": f"2027-02-{day}T07:00:00+00:00",
        "ends_at": f"2027-02-{day}T14:00:00+00:00",
        "place": place,
        "topic": "",
    }
    for day, place in (("09", "TAMK, Kuntokatu 3, Tampere"), ("16", "Zoom"))
]
FREE: Values = {"is_free": True, "gross": "0.00"}
UNDATED: Values = {"sessions": [], "ends_on": "2027-02-09", "place": ""}


def enrolment(language: str) -> Values:
    """Somebody on a run of two meetings; what every mail about an enrolment says."""
    return {
        **TEXTS[language],
        "slug": "tekoaly-esihenkilon-tyossa",
        "run": 1,
        "enrolment": 1,
        "starts_on": "2027-02-09",
        "ends_on": "2027-02-16",
        "sessions": SESSIONS,
        "place": "TAMK, Kuntokatu 3, Tampere",
        "is_free": False,
        "gross": "1493.45",
        "vat_rate": "25.50",
    }


def queue(language: str) -> Values:
    """Somebody third in the queue."""
    return {**enrolment(language), "place_in_queue": 3, "offer_hours": 48}


def offer(language: str) -> Values:
    """Somebody a seat is held for."""
    return {**enrolment(language), "offer_expires_at": "2027-01-28T10:00:00+00:00"}


def cancellation(language: str) -> Values:
    """Somebody who has given up a seat; variants decline an offer and leave the queue."""
    return {**enrolment(language), "was": "confirmed"}
