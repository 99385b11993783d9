"""Bytes of a feed to safe text (A03, E4.4)."""

import pytest

from courses.exchange.xcri import cleaning
from courses.exchange.xcri.sources import UnreadableError


def cleaned(feed: bytes | str, size: int = 7) -> str:
    data = feed.encode() if isinstance(feed, str) else feed
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return "".join(cleaning.text(pieces))


@pytest.mark.parametrize(
    "feed",
    [
        "<a>é € –</a>".encode(),
        b"\xef\xbb\xbf" + "<a>é € –</a>".encode(),
        '<?xml version="1.0" encoding="utf-16"?><a>é € –</a>'.encode(),
        '<?xml version="1.0" encoding="iso-8859-1"?><a>é € –</a>'.encode(),
        '<?xml version="1.0" encoding="ISO-8859-1"?><a>é € –</a>'.encode("cp1252"),
        "<?xml version='1.0' encoding='windows-1252'?><a>é € –</a>".encode("cp1252"),
        "<a>é € –</a>".encode("cp1252"),
        '<?xml version="1.0" encoding="UTF-8"?><a>é € –</a>'.encode("cp1252"),
        "<a>é € –</a>".encode("utf-16"),
        "<a>é € –</a>".encode("utf-16-le"),
        "<a>é € –</a>".encode("utf-16-be"),
        '<?xml version="1.0" encoding="utf8mb4"?><a>é € –</a>'.encode(),
        b"<a>\xe9 \xe2\x82\xac \x96</a>",
    ],
)
def test_reads_the_encoding_it_is_in_whatever_it_claims(feed):
    assert cleaned(feed) == "<a>é € –</a>"


def test_reads_another_alphabet_when_declared():
    feed = '<?xml version="1.0" encoding="windows-1251"?><a>Школа</a>'.encode("cp1251")
    assert cleaned(feed) == "<a>Школа</a>"


def test_keeps_the_euro_sign_of_latin_9():
    feed = '<?xml version="1.0" encoding="iso-8859-15"?><a>5 €</a>'.encode("iso-8859-15")
    assert cleaned(feed) == "<a>5 €</a>"


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("&nbsp;", "\N{NO-BREAK SPACE}"),
        ("&pound;", "£"),
        ("&eacute;", "é"),
        ("&#163;", "£"),
        ("&#xA3;", "£"),
        ("&#150;", "–"),
        ("&#0;", ""),
        ("&#xB;", " "),
        ("&#xD800;", ""),
        ("&#99999999999;", " "),
        ("&amp;", "&amp;"),
        ("&lt;", "&lt;"),
        ("&#38;", "&amp;"),
        ("&#60;", "&lt;"),
        ("&AMP;", "&amp;"),
        ("Arts & Crafts", "Arts &amp; Crafts"),
        ("?a=1&b=2", "?a=1&amp;b=2"),
        ("&nosuchthing;", "&amp;nosuchthing;"),
        ("&", "&amp;"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_leaves_no_reference_that_a_parser_would_have_to_resolve(reference, text, size):
    assert cleaned(f"<a>{reference}</a>", size) == f"<a>{text}</a>"


def test_drops_characters_that_xml_does_not_allow():
    assert cleaned("<a>\x00b\x0b\x1fc\x96\ufeff\xadd</a>".encode()) == "<a>b c–d</a>"


def test_counts_the_lines_before_the_root():
    feed = '\n\ufeff  <?xml version="1.0"?>\n<!-- <b> -->\n<!DOCTYPE a>\n<a/>'
    assert cleaned(feed, 1000) == "\n\n\n\n<a/>"


@pytest.mark.parametrize(
    ("feed", "reason"),
    [
        ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "document type"),
        ("<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/x.dtd'><a/>", "document type"),
        ("<!DOCTYPE a PUBLIC 'x' 'http://127.0.0.1:9/x.dtd'><a/>", "document type"),
        ("<!doctype a [ <!ATTLIST a b CDATA 'c'> ]><a/>", "document type"),
        ("", "empty"),
        ("  \n ", "empty"),
        ('{"courses": []}', "not XML"),
        ("%PDF-1.7", "not XML"),
        ("<!-- " + "x" * 400_000 + "--><a/>", "not XML"),
    ],
)
def test_refuses(feed, reason):
    with pytest.raises(UnreadableError, match=reason):
        cleaned(feed, 200_000)


@pytest.mark.parametrize("name", ["utf-7", "UTF-32", "cp037", "raw_unicode_escape", "idna"])
def test_refuses_encodings_that_could_hide_something(name):
    with pytest.raises(UnreadableError, match="encoding"):
        cleaned(f'<?xml version="1.0" encoding="{name}"?><a/>')


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_refuses_four_bytes_a_character(encoding):
    with pytest.raises(UnreadableError, match="UTF-32"):
        cleaned("<a/>".encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_sees_entities_in_every_encoding_it_reads(encoding):
    with pytest.raises(UnreadableError, match="document type"):
        cleaned("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".encode(encoding))
