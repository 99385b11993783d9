"""What search engines are told to read: pages and published courses, in every language (E2.2)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from courses.models import Course


class EveryLanguage(Sitemap[Any]):
    """Each address in each language, naming the others; under BASE_URL whatever host was asked."""

    i18n = True
    alternates = True
    x_default = True
    limit = (
        5000  # addresses a file, one course being one for each language; the protocol allows 50,000
    )
    protocol = urlsplit(settings.BASE_URL).scheme

    def get_domain(self, site: object = None) -> str:  # noqa: ARG002  the base class gives it
        return urlsplit(settings.BASE_URL).netloc


class Pages(EveryLanguage):
    """Pages that are not courses."""

    names = (
        "portal:home",
        "courses:course_list",
        "portal:accessibility",
        "portal:privacy",
        "portal:terms",
    )

    def items(self) -> list[str]:
        return list(self.names)

    def location(self, item: str) -> str:
        return reverse(item)


class Courses(EveryLanguage):
    """Published courses."""

    def items(self) -> QuerySet[Course]:
        return Course.objects.published().only("slug", "updated_at").order_by("pk")

    def lastmod(self, item: Course) -> datetime:
        return item.updated_at


SITEMAPS = {"pages": Pages, "courses": Courses}


def files() -> list[str]:
    """The addresses of all files of the sitemap, under BASE_URL: the first has each section's first page."""
    return [settings.BASE_URL + reverse("sitemap")] + [
        f"{settings.BASE_URL}{reverse('sitemap_section', args=[section])}?p={page}"
        for section, sitemap in SITEMAPS.items()
        for page in range(2, sitemap().paginator.num_pages + 1)
    ]
