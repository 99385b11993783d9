"""Every mail that is declared, drawn from its own sample in every language, and what no mail may hold (D4.3)."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.template import Engine
from django.urls import resolve
from django.utils import translation
from lxml import html

from consent.purposes import Kind
from mailing import links, promotions, samples
from mailing.templates import Rendered, Template, templates
from tests.mailing.lint import faults

LANGUAGES = ("fi", "sv", "en")
DRAWN = [
    (template.name, language, variant)
    for template in templates
    for language in LANGUAGES
    for variant in range(len(template.variants) + 1)
]
NEWSLETTER = templates["mailing/newsletter"]


@pytest.fixture(params=DRAWN, ids=lambda each: "-".join(map(str, each)))
def drawn(request) -> tuple[Template, str, Rendered]:
    name, language, variant = request.param
    return templates[name], language, samples.draw(templates[name], language, variant)


def test_each_says_what_it_is_for():
    assert [each.name for each in templates if len(str(each.purpose).split()) < 2] == []


@pytest.mark.parametrize(("name", "language", "variant"), DRAWN)
def test_a_sample_leaves_no_variable_out(name, language, variant, monkeypatch):
    monkeypatch.setattr(Engine.get_default(), "string_if_invalid", "MISSING %s")
    mail = samples.draw(templates[name], language, variant)
    assert "MISSING" not in mail.subject + mail.text + mail.html


def test_a_variable_that_is_left_out_is_seen(monkeypatch):
    monkeypatch.setattr(Engine.get_default(), "string_if_invalid", "MISSING %s")
    code = replace(templates["accounts/code"], sample=lambda _language: {"what": "sign_in"})
    assert "MISSING code" in samples.draw(code, "en").text


def test_the_languages_say_it_in_their_own_words():
    for template in templates:
        assert len({samples.draw(template, language).text for language in LANGUAGES}) == 3


def test_its_markup_has_no_fault(drawn):
    _template, language, mail = drawn
    assert faults(mail, language) == []


PLANTED = {
    "<div>": ("<h1", "<div>x</div><h1"),
    "lang is en": ('lang="fi"', 'lang="en"'),
    "a table that is not said to be layout": ("<h1", "<table><tr><td>x</td></tr></table><h1"),
    "an image from elsewhere, or without words": (
        "<h1",
        '<img src="https://x.example/" alt="x"><h1',
    ),
    "rules outside the media query for the dark": ("<style>", "<style>p { color: red }"),
    "the dark changes width": (
        "@media (prefers-color-scheme: dark) {",
        "@media (prefers-color-scheme: dark) { p { width: 1px }",
    ),
    "<p class=x> looks otherwise without the sheet": ("<h1", '<p class="x">x</p><h1'),
    "a style that mail programs do not know, or that loads something": (
        "<h1",
        '<p style="float: left">x</p><h1',
    ),
    "https://x.example/ is not in the text": ("<h1", '<a href="https://x.example/">x</a><h1'),
    "#b0b0b0 on #ffffff: x": ("<h1", '<p style="color: #b0b0b0">x</p><h1'),
    "x() does something": ("<h1", '<p onclick="x()">x</p><h1'),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_that_is_planted_is_found(fault):
    mail = samples.draw(NEWSLETTER, "fi")
    planted = replace(mail, html=mail.html.replace(*PLANTED[fault], 1))
    assert planted.html != mail.html
    assert faults(planted, "fi") == [fault]


def test_too_heavy_a_mail_is_found():
    assert faults(samples.draw(NEWSLETTER, "fi"), "fi", most=1000)[0].endswith(" bytes")


def test_words_that_fade_in_the_dark_are_found():
    mail = samples.draw(NEWSLETTER, "fi")
    faded = replace(mail, html=mail.html.replace("#edf1ec", "#3a4744"))
    assert all("on #1a2321" in each for each in faults(faded, "fi"))
    assert faults(faded, "fi")


# --- marketing says whose it is -------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", [each for each in templates if each.kind == Kind.MARKETING])
def test_marketing_names_sender_person_reason_and_ways_out(template, language):
    sample = samples.delivery(template, language)
    mail = samples.draw(template, language)
    readable = " ".join(html.fromstring(mail.html).find("body").text_content().split())
    for text in (" ".join(mail.text.split()), readable):
        assert f"{settings.SITE_NAME}, {settings.POSTAL_ADDRESS}" in text
        assert sample.message.context["contact"]["name"] in text
    for link in (links.one_click_url, links.preferences_url, links.why_url):
        assert link(sample) in mail.text


# --- no promotion in what is not marketing ----------------------------------------------------


def test_no_service_or_legal_mail_promotes():
    assert [each for each in run_checks() if each.id == "mailing.E001"] == []


@pytest.mark.parametrize("kind", [Kind.SERVICE, Kind.LEGAL])
def test_the_newsletter_as_service_is_refused(kind, monkeypatch):
    disguised = replace(NEWSLETTER, kind=kind)
    monkeypatch.setitem(templates._entries, NEWSLETTER.name, disguised)
    refused = [each.msg for each in run_checks() if each.id == "mailing.E001"]
    assert refused == [
        f"mailing/newsletter is {kind.value}, and promotes: the part mail/_promotion.{ending}"
        for ending in ("html", "txt")
    ]


def planted(monkeypatch, source: str) -> list[str]:
    """What is found in a service mail whose text is this source."""
    engine = Engine.get_default()
    files = {"x/mail/y.txt": source, "x/mail/y.html": "", "x/mail/y.subject.txt": "Hei"}
    find = engine.get_template
    monkeypatch.setattr(
        engine,
        "get_template",
        lambda name: engine.from_string(files[name]) if name in files else find(name),
    )
    return promotions.promotions(Template("x/y", Kind.SERVICE, "", lambda _language: {}))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% include "mail/_promotion.txt" %}', "the part mail/_promotion.txt"),
        (
            '{% if a %}{% else %}{% include "mail/_promotion.txt" %}{% endif %}',
            "the part mail/_promotion.txt",
        ),
        ('{% extends "mailing/mail/newsletter.txt" %}', "the part mail/_promotion.txt"),
        ("{% include part %}", "the part part, which only the message names"),
        ("{% url 'courses:course_list' %}", "a link to courses:course_list"),
        ("{% url 'mailing:newsletter' as page %}", "a link to mailing:newsletter"),
        ("{% url page %}", "a link to page"),
        (
            "{% url 'courses:course_detail' other.slug %}",
            "a link to courses:course_detail other.slug",
        ),
        (
            "{% for slug in related %}{% url 'courses:course_detail' slug %}{% endfor %}",
            "a link to courses:course_detail slug",
        ),
        (
            "{% with slug=related.0 %}{% url 'courses:course_detail' slug %}{% endwith %}",
            "a link to courses:course_detail slug",
        ),
    ],
)
def test_a_promotion_that_is_planted_is_found(source, found, monkeypatch):
    assert planted(monkeypatch, source) == [found]


@pytest.mark.parametrize(
    "source",
    ["{% url 'courses:course_detail' slug %}", "{% url 'portal:me' %}", "Tervetuloa kurssille!"],
)
def test_a_link_to_ones_own_is_no_promotion(source, monkeypatch):
    assert planted(monkeypatch, source) == []


def foreign_links(template, language, variant):
    """Links of a drawn mail that lead neither to the reader's own pages nor to what the message is about."""
    context = samples.delivery(template, language, variant).message.context
    things = {str(context.get(name, "")) for name in promotions.OWN_THINGS}
    page = html.fromstring(samples.draw(template, language, variant).html)
    with translation.override(language):
        found = {each: resolve(urlsplit(each).path) for each in page.xpath("//a/@href")}
    return [
        link
        for link, page in found.items()
        if link not in context.values()
        and page.view_name not in promotions.OWN_PAGES
        and not {str(each) for each in page.kwargs.values()} & things
    ]


@pytest.mark.parametrize(("name", "language", "variant"), DRAWN)
def test_what_a_message_brings_leads_to_its_own_things(name, language, variant):
    """A source names some links only by a variable, such as the one that confirms."""
    if templates[name].kind != Kind.MARKETING:
        assert foreign_links(templates[name], language, variant) == []


def test_a_course_that_a_message_brings_is_found():
    assert len(foreign_links(replace(NEWSLETTER, kind=Kind.SERVICE), "fi", 0)) == 2
