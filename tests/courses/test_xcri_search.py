"""What an import brings is found, what it unpublishes no more (A1.1, E4.4)."""

import pytest

from courses.exchange.xcri.importing import import_feed
from courses.exchange.xcri.sources import Feed
from courses.models import SearchEntry
from tests.courses.feeds import course, feed
from tests.factories import NOW


@pytest.mark.django_db(transaction=True)
def test_search_takes_note_of_an_import(tmp_path):
    path = tmp_path / "feed.xml"
    path.write_text(feed(course("K-1", "Welding"), course("K-2", "Yoga")))
    import_feed(Feed(path, 10_000), now=NOW)
    entries = SearchEntry.objects.filter(language="en").values_list("title", flat=True)
    assert sorted(entries) == ["welding", "yoga"]
    path.write_text(feed(course("K-1", "Welding")))
    import_feed(Feed(path, 10_000), now=NOW)
    assert set(SearchEntry.objects.values_list("title", flat=True)) == {"welding"}
