"""What search engines are told of the whole site (E2.2); the theme's cookie beside it."""

import pytest
from lxml import etree, html

from tests import factories as make
from tests.factories import DAY, NOW

NS = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
}


@pytest.mark.django_db
def test_sitemap_has_every_page_in_every_language(client, settings, set_clock):
    set_clock(NOW)
    make.course(slug="tekoaly")
    make.course(slug="draft", published_at=None)
    make.course(slug="withdrawn", withdrawn_at=NOW - DAY)
    root = etree.fromstring(client.get("/sitemap.xml").content)
    addresses = root.xpath("//s:loc/text()", namespaces=NS)
    base = settings.BASE_URL
    for path in ("/fi/", "/sv/", "/en/", "/fi/koulutukset/tekoaly/", "/en/courses/tekoaly/"):
        assert base + path in addresses
    assert not [each for each in addresses if "draft" in each or "withdrawn" in each]
    (course,) = root.xpath(f"//s:url[s:loc='{base}/en/courses/tekoaly/']", namespaces=NS)
    languages = course.xpath("x:link/@hreflang", namespaces=NS)
    assert languages == ["fi", "sv", "en", "x-default"]


@pytest.mark.django_db
def test_every_address_of_the_sitemap_answers_and_says_what_it_is(client, settings):
    make.course(slug="tekoaly", summary_fi="Opi päättämään.")
    root = etree.fromstring(client.get("/sitemap.xml").content)
    for address in root.xpath("//s:loc/text()", namespaces=NS):
        path = address.removeprefix(settings.BASE_URL)
        response = client.get(path)
        assert response.status_code == 200, path
        head = html.fromstring(response.content)
        assert head.xpath("//link[@rel='canonical']/@href") == [address]
        for name in ("name='description'", "property='og:title'", "property='og:description'"):
            (told,) = head.xpath(f"//meta[@{name}]/@content")
            assert told, (path, name)
        locale = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}[path[1:3]]
        assert head.xpath("//meta[@property='og:locale']/@content") == [locale]


@pytest.mark.django_db
def test_robots_name_every_file_of_a_long_sitemap(client, settings, monkeypatch):
    monkeypatch.setattr("portal.sitemaps.EveryLanguage.limit", 3)
    courses = [make.course(), make.course()]
    lines = client.get("/robots.txt").content.decode().splitlines()
    named = [line.removeprefix("Sitemap: ") for line in lines if line.startswith("Sitemap: ")]
    second = f"{settings.BASE_URL}/sitemap-courses.xml?p=2"
    assert named == [
        f"{settings.BASE_URL}/sitemap.xml",
        *(f"{settings.BASE_URL}/sitemap-pages.xml?p={page}" for page in (2, 3, 4, 5)),
        second,
    ]
    text = "".join(
        client.get(each.removeprefix(settings.BASE_URL)).content.decode() for each in named
    )
    for course in courses:
        assert text.count(f"<loc>{settings.BASE_URL}/fi/koulutukset/{course.slug}/</loc>") == 1


@pytest.mark.django_db
def test_robots_name_the_sitemap_and_close_the_back_rooms(client, settings):
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert f"Sitemap: {settings.BASE_URL}/sitemap.xml" in lines
    assert {"Disallow: /admin/", "Disallow: /demo/"} <= set(lines)


@pytest.mark.parametrize("path", ["/favicon.ico", "/site.webmanifest"])
def test_icons_and_manifest(client, path):
    assert client.get(path, follow=False).status_code in {200, 302}


def test_theme_is_remembered_and_leads_back(client):
    response = client.post("/theme/", {"theme": "dark", "next": "/en/courses/?q=a"})
    assert (response.status_code, response.headers["Location"]) == (302, "/en/courses/?q=a")
    assert client.cookies["theme"].value == "dark"


@pytest.mark.parametrize("way", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_theme_never_leads_off_the_site(client, way):
    response = client.post("/theme/", {"theme": "dark", "next": way}, headers={"Referer": way})
    assert response.headers["Location"] in {"/fi/", "/en/"}


@pytest.mark.django_db
def test_unknown_theme_is_refused(client):
    assert client.post("/theme/", {"theme": "pink"}).status_code == 400
    assert "theme" not in client.cookies


@pytest.mark.django_db
def test_chosen_theme_is_on_the_page(client):
    client.cookies["theme"] = "dark"
    assert b'data-theme="dark"' in client.get("/en/").content
    client.cookies["theme"] = '"><script>'
    assert b'data-theme="auto"' in client.get("/en/").content
