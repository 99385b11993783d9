"""Pictures that staff upload: a course's, an institution's logo."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from lxml import html
from PIL import Image

from courses.models import Course
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def picture():
    file = io.BytesIO()
    Image.new("RGB", (32, 18), "#1F4FA3").save(file, "PNG")
    return SimpleUploadedFile("kuva.png", file.getvalue(), "image/png")


def upload(client, course, file):
    tamk = course.institution
    client.force_login(factories.staff(tamk, "coordinator"))
    values = {
        "slug": course.slug,
        "institution": tamk.pk,
        "format": "course",
        "title_fi": course.title,
        "keywords": "",
        "image": file,
    }
    return client.post(reverse("admin:courses_course_change", args=[course.pk]), values)


def test_a_courses_picture_is_uploaded_and_shown(client, set_clock, settings):
    set_clock(NOW)
    course = factories.course(slug="tekoaly")
    assert upload(client, course, picture()).status_code == 302
    client.logout()
    course = Course.objects.get(pk=course.pk)
    course.published_at = NOW
    course.save()
    page = html.fromstring(client.get("/fi/koulutukset/tekoaly/").content)
    assert page.xpath("//main//img/@src") == ["/media/courses/kuva.png"]
    (preview,) = page.xpath("//meta[@property='og:image']/@content")
    assert preview == f"{settings.BASE_URL}/fi/koulutukset/tekoaly/share.png"
    (data,) = page.xpath("//script[@type='application/ld+json']/text()")
    assert f'"image": "{settings.BASE_URL}/media/courses/kuva.png"' in data
    answer = client.get("/media/courses/kuva.png")
    assert answer.headers["Content-Type"] == "image/png"
    assert b"".join(answer) == picture().read()


def test_an_institutions_logo_stands_by_its_name(client, set_clock):
    set_clock(NOW)
    course = factories.course(slug="tekoaly")
    course.institution.logo.save("logo.png", picture())
    page = html.fromstring(client.get("/fi/koulutukset/tekoaly/").content)
    assert page.cssselect(".key-facts__logo")[0].get("src") == "/media/institutions/logo.png"


def test_what_is_no_picture_is_refused(client):
    course = factories.course()
    script = SimpleUploadedFile("kuva.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")
    response = upload(client, course, script)
    assert response.status_code == 422
    assert list(response.context["adminform"].form.errors) == ["image"]
    assert not Course.objects.get(pk=course.pk).image


@pytest.mark.parametrize(
    ("path", "status"),
    [("courses/none.png", 404), ("courses", 404), ("../secret", 400), ("/etc/passwd", 400)],
)
def test_nothing_else_is_served(client, settings, path, status):
    (settings.MEDIA_ROOT / "courses").mkdir(parents=True)
    (settings.MEDIA_ROOT.parent / "secret").write_text("x")
    assert client.get(reverse("site:media", args=[path])).status_code == status
