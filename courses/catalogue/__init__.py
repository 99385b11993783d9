"""What the catalogue lists for a query, with exact counts of every facet (A1.1–A1.3)."""

from courses.catalogue.query import FACETS, Extent, Order, Price, Query, Seats
from courses.catalogue.search import PAGE_SIZE, Listing, search

__all__ = ["FACETS", "PAGE_SIZE", "Extent", "Listing", "Order", "Price", "Query", "Seats", "search"]
