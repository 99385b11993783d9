"""Every mail in every language: written for reading, light, and honest about why it comes (D4.3)."""

import re
from decimal import Decimal

import pytest
from django.conf import settings
from lxml import html

from courses import notices
from mailing.templates import render, templates
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LANGUAGES = ("fi", "sv", "en")
TITLE = "Tekoäly & sinä <esihenkilö>"


@pytest.fixture(autouse=True)
def _noon(set_clock):
    set_clock(NOW)


def example(name, language="en", **more):
    """The mail as somebody would get it."""
    aino = factories.staff(None, "coordinator", name="Aino Mäkelä", phone="040 123 4501")
    run = factories.run(factories.course(TITLE, contact=aino), venue=factories.venue())
    factories.session(run, venue=run.venue)
    values = {
        **notices.facts(run, language).values,
        "enrolment": 1,
        "place_in_queue": 2,
        "offer_hours": 48,
        "offer_expires_at": NOW.isoformat(),
        "was": "confirmed",
        "what": "sign_in",
        "code": "1234-5678",
        "address": "anna@example.org",
        "new_address": "uusi@example.org",
        "person_name": "Anna Virtanen",
        "topics": ["Digi ja tekoäly", "Talous"],
        "frequency": "once a month",
        "preferences_page": f"{settings.BASE_URL}/en/me/preferences/?key=1.x",
        "what_has_stopped": "Newsletter",
        "prove_url": f"{settings.BASE_URL}/en/mail/address/1.x/",
        "confirm_url": f"{settings.BASE_URL}/en/newsletter/confirm/1.x/",
        "not_me_url": f"{settings.BASE_URL}/en/newsletter/not-me/1.x/",
        "question": "Can I come?",
        "answer": "You can.",
        "answers_by": NOW.isoformat(),
        "why": "asked",
        "task": 1,
    }
    if name.startswith(("accounts/", "mailing/")):
        del values["contact"]
    return render(name, language, {**values, **more})


@pytest.fixture(params=[(t.name, lang) for t in templates for lang in LANGUAGES], ids=str)
def mail(request):
    return example(*request.param)


def test_it_has_a_subject_of_one_line(mail):
    assert 10 <= len(mail.subject) <= 120
    assert "\n" not in mail.subject


def test_its_text_is_written_for_reading(mail):
    assert not re.search(r"<[a-z/]|&[a-z]+;|{{|{%", mail.text.replace(TITLE, ""))
    assert "\n\n\n" not in mail.text


def test_its_html_is_light_and_needs_nothing_from_elsewhere(mail):
    page = html.fromstring(mail.html)
    assert len(mail.html.encode()) < 60_000
    assert not page.xpath("//img | //script | //link | //iframe")
    assert page.xpath("//*[@style]")
    assert page.xpath("//html/@lang")


def test_it_has_one_button_at_most_and_every_link_is_in_the_text_too(mail, settings):
    page = html.fromstring(mail.html)
    links = page.xpath("//a/@href")
    assert len(page.xpath("//a[@class='button']")) <= 1
    for link in links:
        assert link.startswith(f"{settings.BASE_URL}/")
        assert link in mail.text


def test_it_says_why_it_comes_and_whom_to_ask(mail, settings):
    for text in (mail.text, mail.html):
        assert settings.SITE_NAME in text
        assert "040 123 45" in text


def test_a_mail_about_a_course_names_a_person():
    for name in ("courses/enrolment", "courses/offer", "courses/queue"):
        assert "Aino Mäkelä" in example(name).text


def test_signs_stay_what_they_are():
    mail = example("courses/enrolment")
    assert TITLE in mail.subject
    assert TITLE in mail.text
    assert "Tekoäly &amp; sinä &lt;esihenkilö&gt;" in mail.html


def test_times_are_finnish_and_prices_with_vat():
    mail = example("courses/enrolment")
    for text in (mail.text, html.fromstring(mail.html).text_content()):
        plain = " ".join(text.split())
        assert "Mon 7 Dec 2026 12:00–18:00" in plain
        assert "€1,255, incl. VAT 25.5%" in plain


def test_a_free_course_has_nothing_to_pay():
    mail = example("courses/enrolment", is_free=True, gross=str(Decimal(0)))
    assert "free of charge" in mail.text
    assert "invoice" not in mail.text


@pytest.mark.parametrize("what", ["sign_in", "address", "password"])
def test_a_code_stands_alone_on_its_line(what):
    mail = example("accounts/code", what=what)
    assert "\n1234-5678\n" in mail.text
    assert "1234-5678" not in mail.subject


@pytest.mark.parametrize("what", ["address_changed", "password_changed", "password_set"])
def test_a_notice_says_what_changed(what):
    mails = {example("accounts/notice", what=each).text for each in ("password_set", what)}
    assert len(mails) == (1 if what == "password_set" else 2)


@pytest.mark.parametrize("was", ["confirmed", "offered", "waiting"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cancellation_says_what_was_given_up(was, language):
    others = {"confirmed", "offered", "waiting"} - {was}
    mine = example("courses/cancellation", language, was=was)
    assert all(
        mine.subject != example("courses/cancellation", language, was=o).subject for o in others
    )
