"""Every mail as somebody would get it, from the sample its template declares; and the samples of mailing's own mails."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from consent.models import Person
from consent.purposes import Kind, purposes
from mailing import kinds
from mailing.envelope import envelope, personal
from mailing.models import Delivery, Message
from mailing.templates import Rendered, Template, Values

TOKEN = "0.sample"  # noqa: S105  opens nothing
CONTACT = {
    "name": "Aino Mäkelä",
    "title": "Kudelma",
    "email": "aino.makela@example.org",
    "phone": "040 123 4568",
}
TOPICS = {
    "fi": ["Digi ja tekoäly", "Johtaminen"],
    "sv": ["Digitalisering och AI", "Ledarskap"],
    "en": ["Digital and AI", "Leadership"],
}
ISSUE = {
    "fi": {
        "title": "Tekoäly arjen työkaluksi",
        "lead": "Kevään ensimmäinen kirje: kaksi uutta koulutusta esihenkilölle, joka haluaa kokeilla ensin itse.",
        "items": [
            (
                "Tekoäly esihenkilön työssä",
                "Kolme lähipäivää ja kokeilu omassa työssä. Opit päättämään, mihin tekoälyä ryhmässäsi kannattaa käyttää.",
            ),
            (
                "Data-analytiikan perusteet",
                "Verkossa omaan tahtiin: miten luvuista tehdään päätöksiä.",
            ),
        ],
    },
    "sv": {
        "title": "AI som vardagsverktyg",
        "lead": "Vårens första brev: två nya utbildningar för chefer som vill prova själva först.",
        "items": [
            (
                "AI i chefens arbete",
                "Tre närstudiedagar och ett försök i det egna arbetet. Du lär dig avgöra var AI lönar sig i din grupp.",
            ),
            (
                "Dataanalysens grunder",
                "På webben i egen takt: hur siffror blir beslut.",
            ),
        ],
    },
    "en": {
        "title": "AI as an everyday tool",
        "lead": "The first letter of the spring: two new courses for managers who would rather try it themselves first.",
        "items": [
            (
                "AI in a manager’s work",
                "Three days together and a trial in your own work. You learn to decide where AI pays off in your team.",
            ),
            (
                "Foundations of data analytics",
                "Online at your own pace: how figures become decisions.",
            ),
        ],
    },
}
SLUGS = ("tekoaly-esihenkilon-tyossa", "data-analytiikan-perusteet")


def draw(template: Template, language: str, variant: int = 0) -> Rendered:
    """The sample mail's subject and texts; variant 0 is the sample itself. IndexError past the last."""
    return personal(delivery(template, language, variant))


def mail(template: Template, language: str, variant: int = 0) -> EmailMessage:
    """The whole sample mail, as the gateway would send it now."""
    raw = envelope(delivery(template, language, variant), timezone.now())
    return message_from_bytes(raw, policy=policy.default)


def delivery(template: Template, language: str, variant: int = 0) -> Delivery:
    """The sample on its way to Anna. It is no row: its key is 0, so that its links open nothing."""
    over: Values = template.variants[variant - 1] if variant > 0 else {}
    message = Message(
        pk=0,
        template=template.name,
        kind=template.kind.value,
        purpose=kinds.NEWSLETTER if template.kind == Kind.MARKETING else template.kind.value,
        language=language,
        context={**template.sample(language), **over},
    )
    anna = Person(name="Anna Virtanen", language=language)
    return Delivery(pk=0, message=message, person=anna, address="anna.virtanen@example.org")


def wish(language: str) -> Values:
    """What somebody asks for with the newsletter."""
    with translation.override(language):
        frequency = _("once a month")
    return {"topics": TOPICS[language], "frequency": frequency, "address": "anna@example.org"}


def confirm(language: str) -> Values:
    """A sign-up that waits for its confirmation."""
    with translation.override(language):
        return {
            **wish(language),
            "confirm_url": _page("mailing:newsletter_confirm", TOKEN),
            "not_me_url": _page("mailing:newsletter_not_me", TOKEN),
        }


def welcome(language: str) -> Values:
    """A sign-up that was confirmed."""
    return {**wish(language), **link(language)}


def link(language: str) -> Values:
    """A link to the preference centre that was asked for."""
    with translation.override(language):
        return {"preferences_page": f"{_page('mailing:preferences')}?key={TOKEN}"}


def stopped(language: str) -> Values:
    """The newsletter, stopped by an answer."""
    with translation.override(language):
        return {"what_has_stopped": str(purposes[kinds.NEWSLETTER].title), **link(language)}


def proof(language: str) -> Values:
    """A closed address whose owner wants mail again."""
    with translation.override(language):
        return {"prove_url": _page("mailing:address_prove", TOKEN)}


def newsletter(language: str) -> Values:
    """An issue of two courses."""
    issue = ISSUE[language]
    with translation.override(language):
        items = [
            {"title": title, "text": text, "url": _page("courses:course_detail", slug)}
            for (title, text), slug in zip(issue["items"], SLUGS, strict=True)
        ]
    return {"title": issue["title"], "lead": issue["lead"], "items": items, "contact": CONTACT}


def _page(name: str, *arguments: str) -> str:
    return settings.BASE_URL + reverse(name, args=arguments)
