"""A feed cut into its courses, each parsed alone (A03, E4.4)."""

import pytest

from courses.exchange.xcri import reading
from courses.exchange.xcri.reading import DamagedError
from courses.exchange.xcri.sources import Feed, UnreadableError
from courses.exchange.xcri.texts import local
from tests.courses.feeds import NAMESPACES, catalog, course, feed, presentation, provider


@pytest.fixture
def read(tmp_path):
    """Survey and courses of a feed; a course is its identifier, a damaged one the reason."""

    def read(text: str | bytes):
        path = tmp_path / "feed.xml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        source = Feed(path, 10_000_000)
        return reading.survey(source), [_outcome(piece) for piece in reading.pieces(source)]

    return read


def _outcome(piece):
    try:
        element = reading.course(piece)
    except DamagedError as error:
        return piece.line, f"damaged on {error.line}: {error.reason}"
    return piece.line, next(child.text for child in element if local(child) == "identifier")


def test_finds_each_course_with_its_line(read):
    survey, courses = read(feed(course("A"), course("B")))
    assert courses == [(3, "A"), (4, "B")]
    assert (survey.courses, survey.is_whole, survey.is_delta) == (2, True, False)


def test_knows_what_is_said_around_the_courses_before_and_after_them(read):
    text = feed(course("A")).replace(
        "</provider>", "<mlo:url>http://x.example</mlo:url></provider>"
    )
    survey, _courses = read(text)
    names = [local(each) for each in survey.outline.iter("*")]
    assert names == ["catalog", "provider", "identifier", "title", "url"]


@pytest.mark.parametrize("root", ["catalog", "xcri:catalog", "Catalog", "feed"])
def test_takes_any_root_around_courses(read, root):
    text = f'<{root} {NAMESPACES} xmlns:xcri="x">{provider(course("A"))}</{root}>'
    survey, courses = read(text)
    assert (survey.is_whole, courses) == (True, [(2, "A")])


def test_takes_a_provider_or_a_course_as_the_root(read):
    alone = course("A").replace("<course>", f"<course {NAMESPACES}>")
    assert read(alone)[1] == [(1, "A")]
    survey, courses = read(provider(course("A")).replace("<provider>", f"<provider {NAMESPACES}>"))
    assert (survey.is_whole, courses) == (True, [(2, "A")])


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("<dc:subject>x<b></dc:subject>", "damaged on 4: it is not well-formed XML"),
        ("\n<dc:subject>x</dc:title>", "damaged on 5: it is not well-formed XML"),
        ("<dc:subject a=b>x</dc:subject>", "damaged on 4: it is not well-formed XML"),
        ("<" * 40, "damaged on 4: it is not well-formed XML"),
        ("<x>" * 300 + "</x>" * 300, "damaged on 4: it is not well-formed XML"),
    ],
)
def test_loses_only_the_course_that_is_broken(read, broken, reason):
    _survey, courses = read(feed(course("A"), course("B", body=broken), course("C")))
    assert [found for _line, found in courses[::2]] == ["A", "C"]
    assert courses[1][1].startswith(reason)


def test_ends_a_course_without_an_end_tag_where_the_next_begins(read):
    unclosed = course("B").replace("</course>", "")
    survey, courses = read(feed(course("A"), unclosed, course("C")))
    assert courses == [(3, "A"), (4, "damaged on 4: its end tag is missing"), (5, "C")]
    assert survey.is_whole
    survey, courses = read(feed(course("A"), unclosed))
    assert courses == [(3, "A"), (4, "damaged on 4: its end tag is missing")]
    assert survey.is_whole


def test_a_venue_is_no_provider_of_courses(read):
    venue = (
        "<venue><provider><dc:title>Hall</dc:title></provider></venue><venue><provider/></venue>"
    )
    text = catalog(
        provider(course("A", body=presentation(body=venue)), name="One"),
        provider(course("B"), name="Two"),
    )
    survey, courses = read(text)
    assert [found for _line, found in courses] == ["A", "B"]
    assert [local(each) for each in survey.outline] == ["provider", "provider"]


def test_steps_over_courses_in_comments(read):
    _survey, courses = read(feed(course("A"), f"<!-- {course('B')} > -->", course("C")))
    assert [found for _line, found in courses] == ["A", "C"]


def test_steps_over_courses_in_cdata(read):
    html = "<dc:description><![CDATA[a <course> of <provider> and </course> > 1]]></dc:description>"
    _survey, courses = read(feed(course("A", body=html), course("B")))
    assert courses == [(3, "A"), (4, "B")]


@pytest.mark.parametrize("opened", ["<!-- oops", "<dc:description><![CDATA[oops</dc:description>"])
@pytest.mark.parametrize("later", ["", "<!-- closed --><dc:subject><![CDATA[x]]></dc:subject>"])
def test_a_comment_or_cdata_that_is_not_closed_spoils_only_its_course(read, opened, later):
    survey, courses = read(
        feed(course("A"), course("B", body=opened), course("C"), course("D", body=later))
    )
    assert courses[1][1].startswith("damaged on 4: it is not well-formed XML: C")
    assert courses[::2] == [(3, "A"), (5, "C")]
    assert courses[3] == (6, "D")
    assert survey.is_whole


def test_a_comment_between_courses_that_is_not_closed_hides_none(read):
    _survey, courses = read(feed(course("A"), "<!-- oops", course("B"), course("C")))
    assert [found for _line, found in courses] == ["A", "B", "C"]


def test_says_in_one_line_what_is_wrong_with_a_course(read):
    cdata = "<dc:description><![CDATA[first\nsecond</dc:description>"
    _survey, courses = read(feed(course("A", body=cdata)))
    assert courses == [(3, "damaged on 4: it is not well-formed XML: CData section not finished")]


def test_does_not_mind_prefixes_that_nobody_declared(read):
    _survey, courses = read(feed(course("A", body='<geo:lat>1</geo:lat><x y:z="1"/>')))
    assert courses == [(3, "A")]


@pytest.mark.parametrize("cut", [10, 22, 30, 120, 250])
def test_sees_that_a_feed_breaks_off(read, cut):
    survey, _courses = read(feed(course("A"), course("B"), course("C"))[:-cut])
    assert not survey.is_whole


def test_names_the_course_in_which_the_feed_breaks_off(read):
    text = feed(course("A"), course("B"))
    survey, courses = read(text[: text.index("</course>", text.index("B"))])
    assert courses == [(3, "A"), (4, "damaged on 4: the feed ends in the middle of it")]
    assert not survey.is_whole


def test_tells_a_list_of_changes_from_a_catalogue(read):
    survey, _courses = read(feed(course("A").replace("<course>", '<course recstatus="2">')))
    assert survey.is_delta


def test_leaves_out_a_course_longer_than_any_can_be(read):
    long = course("B", body=f"<dc:description>{'word ' * 900_000}</dc:description>")
    survey, courses = read(feed(course("A"), long, course("C")))
    assert courses == [(3, "A"), (4, "damaged on 4: it is longer than 4 MB"), (5, "C")]
    assert survey.is_whole


@pytest.mark.parametrize(
    "text", ["<html><body>Error</body></html>", "<rss><channel/></rss>", "<catalogue/>"]
)
def test_refuses_what_is_no_feed(read, text):
    with pytest.raises(UnreadableError, match="not an XCRI-CAP feed"):
        read(text)


def test_refuses_megabytes_without_a_course(read):
    with pytest.raises(UnreadableError, match="without a course"):
        read(f"<catalog>{'<description>x</description>' * 320_000}</catalog>")


def test_counts_identifiers_in_cdata(read):
    named = course("<![CDATA[http://x.example/?a=1&b=2]]>")
    survey, _courses = read(feed(named, named))
    assert survey.uses == {"http://x.example/?a=1&b=2": 2}


def test_knows_identifiers_of_a_course_that_cannot_be_parsed(read, tmp_path):
    broken = course("A &amp; B", body="<b>" + presentation("not this"))
    read(feed(broken))
    (piece,) = reading.pieces(Feed(tmp_path / "feed.xml", 10_000_000))
    assert reading.identifiers(piece) == ["A & B"]
