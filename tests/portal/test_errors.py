"""Error pages: right status, reader's language, a way on; 500 and 503 without database (Error pages)."""

import logging

import pytest
from django.db import OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import path
from django.utils import translation
from lxml import html

from portal import errors, urls
from tests import factories as make


def broken(_request):
    message = "secret"
    raise RuntimeError(message)


def away(_request):
    message = "server closed the connection"
    raise OperationalError(message)


def missing(_request):
    raise Http404


urlpatterns = [*urls.urlpatterns, path("broken/", broken), path("away/", away)]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


@pytest.fixture
def quiet_client(settings):
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


def seen(response):
    node = html.fromstring(response.content)
    return node, " ".join(node.text_content().split())


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_not_found_helps_in_the_language_of_the_address(client, language):
    response = client.get(f"/{language}/nothing/here/")
    node, _ = seen(response)
    assert (response.status_code, node.get("lang")) == (404, language)
    assert node.cssselect("#q")
    assert node.cssselect('main a[href^="mailto:"]')


@pytest.mark.django_db
def test_not_found_names_courses_with_a_like_address(client):
    make.course("Tekoäly", slug="tekoaly-esihenkilon-tyossa")
    node, _ = seen(client.get("/en/tekoaly-esihenkilo"))
    assert [title.text for title in node.cssselect("#nearest ~ ul a [lang=fi]")] == ["Tekoäly"]


@pytest.mark.parametrize("query", ["q=%00", "q=%ff", "q=" + "a" * 10_000])
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_bad_request_is_told_before_anything_else_runs(client, query, language):
    response = client.get(f"/{language}/?{query}")
    node, _ = seen(response)
    assert (response.status_code, node.get("lang")) == (400, language)
    assert "Content-Security-Policy" in response.headers


@pytest.mark.parametrize("sent", [b"name=%ff", b"name=\xff", b"name=a&%C3=b"])
def test_a_form_that_is_not_utf8_is_refused_before_anything_else_runs(client, sent):
    response = client.post("/sv/", sent, content_type="application/x-www-form-urlencoded")
    node, _ = seen(response)
    assert (response.status_code, node.get("lang")) == (400, "sv")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "image/png"]
)
def test_a_body_of_50_megabytes_is_told_to_be_too_large_and_not_read(client, language, kind):
    class Unread:
        def read(self, *_args):
            pytest.fail("the body was read")

        readline = read

    sent = {"CONTENT_LENGTH": "50000000", "CONTENT_TYPE": kind, "wsgi.input": Unread()}
    response = client.post(f"/{language}/", **sent)
    node, words = seen(response)
    assert (response.status_code, node.get("lang")) == (413, language)
    with translation.override(language):
        assert translation.gettext("What you sent is larger than we accept") in words


@pytest.mark.django_db
def test_a_text_too_long_for_any_form_is_told_to_be_too_large(client):
    kind = "application/x-www-form-urlencoded"
    response = client.post("/en/", b"name=" + b"x" * 2_621_441, content_type=kind)
    node, _ = seen(response)
    assert (response.status_code, node.get("lang")) == (413, "en")


@pytest.mark.django_db
def test_form_that_is_too_old_shows_what_was_typed_but_no_secrets():
    client = Client(enforce_csrf_checks=True)
    typed = {
        "name": "Äijä <b>",
        "password": "hunter2hunter2",
        "csrfmiddlewaretoken": "x",
        "code": "9",
    }
    response = client.post("/theme/", typed)
    _, words = seen(response)
    assert response.status_code == 403
    assert "Äijä <b>" in words
    assert "hunter2hunter2" not in response.content.decode()


@pytest.mark.django_db
def test_forbidden_leads_to_sign_in():
    request = RequestFactory().get("/sv/x/")
    response = errors.forbidden(request)
    node, _ = seen(response)
    assert (response.status_code, node.get("lang")) == (403, "sv")
    assert node.cssselect('main a[href*="next=/sv/x/"]')


@pytest.mark.django_db
def test_too_many_requests_is_the_sites_own_page():
    from allauth.core import ratelimit

    response = ratelimit.respond_429(RequestFactory().get("/fi/"))
    node, _ = seen(response)
    assert (response.status_code, node.get("lang")) == (429, "fi")
    assert len(node.cssselect("h1")) == 1


def test_server_error_has_a_number_that_the_log_has_too(quiet_client, caplog, settings):
    with caplog.at_level(logging.ERROR, "portal.errors"):
        response = quiet_client.get("/broken/")
    node, words = seen(response)
    assert response.status_code == 500
    (record,) = [each for each in caplog.records if each.name == "portal.errors"]
    assert record.args[0] in words
    assert "secret" not in words
    (brand,) = node.cssselect("header a[href='/']")
    assert brand.text_content().strip() == settings.SITE_NAME
    assert {each.get("lang") for each in node.cssselect("main [lang]")} == {"fi", "sv", "en"}


def test_missing_database_is_503_with_when_to_come_back(quiet_client):
    response = quiet_client.get("/away/")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "120")
    assert "server closed" not in response.content.decode()


@pytest.mark.django_db
def test_not_found_without_database_is_still_a_page(client, monkeypatch):
    def gone(self, slug):
        message = "gone"
        raise OperationalError(message)

    monkeypatch.setattr("courses.models.catalogue.CourseQuerySet.resembling", gone)
    assert client.get("/en/nothing/").status_code == 404
