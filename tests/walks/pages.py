"""Every page there is, by the URLconf."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from accounts.roles import Permission


@dataclass(frozen=True)
class Page:
    """A URL: its name with namespaces, or its route where it has none; `arguments` are what the route takes."""

    name: str
    route: str
    pattern: URLPattern

    @property
    def arguments(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.route)

    @property
    def permission(self) -> Permission | None:
        """What `staff_required` asks for."""
        return getattr(self.pattern.callback, "permission", None)

    @property
    def writes(self) -> Permission | None:
        """What it asks for a POST."""
        return getattr(self.pattern.callback, "writes", None)

    @property
    def model_admin(self) -> "ModelAdmin[Any] | None":
        """The model's administration that the page belongs to."""
        found = re.match(r"admin/(\w+)/(\w+)/", self.route)
        return next(
            (
                each
                for model, each in admin.site._registry.items()
                if found and (model._meta.app_label, model._meta.model_name) == found.groups()
            ),
            None,
        )

    def path(self, values: dict[str, object]) -> str:
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), self.route)


# patterns of the admin that only lead on: to the change page, to the index, to a not-found page
LEADING_ON = re.compile(r"^admin/(\^|\(\?P|.+/<path:object_id>/$|r/)")


def every_page() -> list[Page]:
    """All of them in English; of two with one route the first, which answers."""
    with translation.override("en"):
        found: dict[str, Page] = {}
        for page in _walk(get_resolver()):
            found.setdefault(page.route, page)
    return [page for page in found.values() if not LEADING_ON.match(page.route)]


def _walk(resolver: URLResolver, spaces: str = "", route: str = "") -> Iterator[Page]:
    for each in resolver.url_patterns:
        here = route + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = f"{spaces}{each.namespace}:" if each.namespace else spaces
            yield from _walk(each, inner, here)
        else:
            yield Page(f"{spaces}{each.name}" if each.name else here, here, each)
