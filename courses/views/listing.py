"""What the catalogue's page shows around its results: chips, order, empty state, and what search engines are told."""

from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.catalogue import FACETS, Listing, Order, Query
from courses.forms import CatalogueForm
from courses.views.meta import Meta


@dataclass(frozen=True)
class Relief:
    """The filter that hides most, and what is found without it."""

    label: str
    count: int
    url: str


def context(form: CatalogueForm, listing: Listing) -> dict[str, object]:
    """The catalogue page's context."""
    query = listing.query
    base = reverse("courses:course_list")
    return {
        "form": form,
        "listing": listing,
        "base": base,
        "first_url": base + replace(query, page=1).encoded(),
        "title": title(listing),
        "meta": meta(listing, base),
        "chips": chips(listing, base),
        "clear_url": base if query.narrowing > 1 else "",
        "orders": orders(query),
        "relief": relief(listing, base),
        "contact": listing.contact,
    }


def title(listing: Listing) -> str:
    """A title of its own for each view: words, filters and page."""
    query = listing.query
    parts = [quoted(query.q)] if query.q else []
    parts += [label(listing, facet, value) for facet, value in query.filters[:3]]
    if query.page > 1:
        parts.append(_("page %(number)s") % {"number": query.page})
    return ", ".join([_("Courses"), *parts])


def meta(listing: Listing, base: str) -> Meta:
    """One filter makes a page worth finding; more of them are views of it."""
    query = listing.query
    is_indexed = query.narrowing <= 1 and not query.q
    own = base + replace(query, sort="").encoded()
    described = ngettext(
        "%(count)s course or event of continuing education, with dates, prices and seats left.",
        "%(count)s courses and events of continuing education, with dates, prices and seats left.",
        listing.count,
    ) % {"count": listing.count}
    return Meta(title(listing), described, own if is_indexed else base, is_indexed=is_indexed)


def chips(listing: Listing, base: str) -> list[tuple[str, str]]:
    """Address without it, and name, of each thing that narrows the results."""
    query = listing.query
    words = [(base + replace(query, q="", page=1).encoded(), quoted(query.q))] if query.q else []
    return words + [
        (base + query.without(facet, value).encoded(), label(listing, facet, value))
        for facet, value in query.filters
    ]


def orders(query: Query) -> list[tuple[str, str, bool]]:
    """Value, name and whether it is the present one, of the orders that make sense."""
    return [
        (order.value, str(order.label), order == query.order)
        for order in Order
        if order != Order.RELEVANCE or query.q
    ]


def relief(listing: Listing, base: str) -> Relief | None:
    """When nothing is found: the one filter whose removal shows most; the words only when no filter's would help."""
    if not listing.without:
        return None
    query = listing.query
    facet, count = max(listing.without.items(), key=lambda item: (item[0] != "q", item[1]))
    if facet == "q":
        return Relief(query.q, count, base + replace(query, q="", page=1).encoded())
    return Relief(str(FACETS[facet]), count, base + query.filtered(**{facet: ""}).encoded())


def quoted(words: str) -> str:
    """The words in the quotation marks of the reader's language."""
    return _("“%(words)s”") % {"words": words}


def label(listing: Listing, facet: str, value: str) -> str:
    """The name of a chosen value."""
    return next(each.label for each in listing.options[facet] if each.value == value)
