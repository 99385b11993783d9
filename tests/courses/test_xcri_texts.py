"""Descriptions of a feed as plain text (A14, E4.4)."""

import time

import pytest
from lxml import etree

from courses.exchange.xcri import texts

XHTML = 'xmlns:x="http://www.w3.org/1999/xhtml"'


def element(inner: str, attributes: str = "") -> etree._Element:
    return etree.fromstring(f"<d {XHTML} {attributes}>{inner}</d>")


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("  Two\n   words  ", "Two words"),
        ("One.\n\n  Two\n  more.", "One.\n\nTwo more."),
        ("Bring:\n * a pen\n * some\n   paper", "Bring:\n- a pen\n- some paper"),
        ("You learn: • one • two", "You learn:\n- one\n- two"),
        ("Arts &amp; Crafts", "Arts & Crafts"),
        ("Arts &amp;amp; Crafts&amp;nbsp;&amp;#163;5", "Arts & Crafts £5"),
        ("a &lt; b and c &gt; d", "a < b and c > d"),
        ("<x:div><x:p>One</x:p><x:p>Two</x:p></x:div>", "One\n\nTwo"),
        ("<x:p>One<x:br/>Two <x:b>bold</x:b>.</x:p>", "One\nTwo bold."),
        ("<x:ul><x:li>One</x:li>\n <x:li><x:p>Two</x:p></x:li><x:li/></x:ul>", "- One\n- Two"),
        ("<x:p>To do</x:p><x:ol><x:li>One</x:li></x:ol>End", "To do\n\n- One\n\nEnd"),
        ("<x:table><x:tr><x:td>a</x:td><x:td>b</x:td></x:tr></x:table>", "a · b"),
        ('See <x:a href="http://x.example/">our site</x:a>.', "See our site (http://x.example/)."),
        ('See <x:a href="http://x.example">x.example</x:a>.', "See x.example."),
        ('Ask <x:a href="mailto:a@x.example">us</x:a>.', "Ask us (a@x.example)."),
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;", "One\n\nTwo"),
        ("&amp;lt;p&amp;gt;One&amp;lt;br&amp;gt;Two", "One\nTwo"),
        ("<![CDATA[<p>R&amp;D &pound;5<br/>Two</p>]]>", "R&D £5\nTwo"),
        ("<x:div>&lt;b&gt;One&lt;/b&gt;</x:div>", "One"),
        ("<title>Entry</title><description>Two A levels</description>", "Entry\n\nTwo A levels"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_keeps_paragraphs_and_lists(inner, text):
    assert texts.plain(element(inner)) == text


@pytest.mark.parametrize(
    "inner",
    [
        "Ok<x:script>alert(1)</x:script>",
        "Ok<x:style>p{}</x:style>",
        "<![CDATA[Ok<script>alert(1)</script>]]>",
        "<![CDATA[<p onclick='alert(1)'>Ok</p>]]>",
        "<![CDATA[<img src=x onerror=alert(1)>Ok]]>",
        "<![CDATA[<a href='javascript:alert(1)'>Ok</a>]]>",
        "<![CDATA[<a href=' data:text/html,x'>Ok</a>]]>",
        "&lt;p&gt;Ok&lt;script&gt;alert(1)&lt;/script&gt;",
        "&amp;lt;p&amp;gt;Ok&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
        "<![CDATA[<style>*{}</style><p>Ok]]>",
    ],
)
def test_keeps_nothing_that_acts(inner):
    assert texts.plain(element(inner)) == "Ok"


def test_takes_the_address_of_an_element_without_text():
    found = element("", 'href="http://x.example/apply"')
    assert texts.plain(found) == "http://x.example/apply"


def test_makes_one_line_of_it():
    assert texts.one_line(element("<x:p>One</x:p>\n<x:p>Two</x:p>")) == "One Two"


@pytest.mark.parametrize(
    ("inner", "attributes", "code"),
    [
        ("x", 'xml:lang="en-GB"', "en"),
        ("x", 'xml:lang="SV_fi"', "sv"),
        ('<x:div xml:lang="fi">x</x:div>', "", "fi"),
        ("x", "", ""),
    ],
)
def test_knows_the_language(inner, attributes, code):
    assert texts.language(element(inner, attributes)) == code


def test_inherits_the_language():
    root = etree.fromstring('<a xml:lang="sv"><b><c/></b></a>')
    assert texts.language(root[0][0]) == "sv"


def test_cuts_between_words():
    assert texts.cut("one two three", 13) == "one two three"
    assert texts.cut("one two, three", 10) == "one two…"
    assert texts.cut("onetwothree", 6) == "onetw…"


@pytest.mark.parametrize(
    ("inner", "length"),
    [
        ("&lt;div&gt;" * 90_000, 0),
        ("• " * 100_000, 0),
        ("\n- " * 100_000, 0),
        ("x" * 500_000, 500_000),
    ],
    ids=["div", "bullet", "dash", "word"],
)
def test_takes_time_by_length_and_not_by_its_square(inner, length):
    began = time.monotonic()
    assert len(texts.plain(element(inner))) == length
    assert time.monotonic() - began < 5
