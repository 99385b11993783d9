"""Believable values of the mails of the customer register, in each language, for previews and tests."""

from mailing.samples import CONTACT
from mailing.templates import Values

TEXTS = {
    "fi": {
        "title": "Tekoäly esihenkilön työssä",
        "question": "Hei! Voiko koulutuksen suorittaa iltaisin, ja riittääkö oma kannettava?",
        "answer": "Hei!\n\nLähipäivät ovat päivisin, mutta tehtävät voi tehdä iltaisin. Oma kannettava riittää.\n\nTervetuloa mukaan!",
        "contact": {**CONTACT, "title": "koulutuskoordinaattori"},
    },
    "sv": {
        "title": "AI i chefens arbete",
        "question": "Hej! Kan man gå utbildningen på kvällstid, och räcker det med egen bärbar dator?",
        "answer": "Hej!\n\nNärstudiedagarna är på dagtid, men uppgifterna kan göras på kvällen. En egen bärbar dator räcker.\n\nVälkommen med!",
        "contact": {**CONTACT, "title": "utbildningskoordinator"},
    },
    "en": {
        "title": "AI in a manager’s work",
        "question": "Hello! Can I do the course in the evenings, and is my own laptop enough?",
        "answer": "Hello!\n\nThe contact days are in the daytime, but you can do the tasks in the evening. Your own laptop is enough.\n\nYou are welcome to join!",
        "contact": {**CONTACT, "title": "Training Coordinator"},
    },
}
ANSWERS_BY = "2027-01-28T14:00:00+00:00"


def question(language: str) -> Values:
    """Somebody who asks about a course."""
    return {**TEXTS[language], "answers_by": ANSWERS_BY}


def answer(language: str) -> Values:
    """What they hear."""
    return question(language)


def for_staff(language: str) -> Values:
    """What whoever answers hears; variants tell of a late question, and of one that went to somebody else."""
    told = {name: TEXTS[language][name] for name in ("title", "question")}
    return {**told, "why": "asked", "task": 1, "answers_by": ANSWERS_BY, "to": ""}


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
