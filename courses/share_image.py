"""The picture of a course in shared links: its title over the threads of its themes, drawn once and kept in the cache."""

from collections.abc import Iterator, Sequence
from functools import cache as once
from io import BytesIO
from itertools import groupby

from django.conf import settings
from django.core.cache import cache
from PIL import Image, ImageDraw, ImageFont

from courses.models import Course
from courses.texts import shown

STATIC = settings.BASE_DIR / "static"
SIZE = (1200, 630)
MARGIN = 80
MOST_LINES = 4
GROUND, INK, QUIET = "#F4F5F1", "#14211F", "#47534F"  # the tokens of static/css, for light ground
DYES = ("#A8321F", "#1F4FA3", "#0B6E5B", "#8A5A00", "#6B3FA0", "#9C2463")
DISPLAY, TEXT = "familjen-grotesk", "atkinson-hyperlegible-next"
DAY = 24 * 60 * 60

Font = tuple[str, int, int]  # family, size, weight


def png(course: Course, reader: str) -> bytes:
    """The picture for readers of the language; needs the course's institution."""
    key = f"share:{course.pk}:{reader}:{course.updated_at.timestamp()}"
    picture: bytes | None = cache.get(key)
    if picture is None:
        threads = [theme.thread for theme in course.themes.all()[:2]]
        picture = draw(shown(course, "title", reader).text, course.institution.name, threads)
        cache.set(key, picture, DAY)
    return picture


def draw(title: str, institution: str, threads: Sequence[int]) -> bytes:
    """A PNG between the site's woven bands; a title too long for its lines ends in an ellipsis."""
    image = Image.open(STATIC / "img" / "share.png").convert("RGB")
    canvas = ImageDraw.Draw(image)
    canvas.rectangle((0, 30, SIZE[0], SIZE[1] - 30), GROUND)
    _write(canvas, (MARGIN, 70), settings.SITE_NAME, (DISPLAY, 38, 700), INK)
    for row, line in enumerate(_wrapped(title, (DISPLAY, 66, 600))):
        _write(canvas, (MARGIN, 132 + 78 * row), line, (DISPLAY, 66, 600), INK)
    _write(canvas, (MARGIN, 452), institution, (TEXT, 34, 400), QUIET)
    for row, thread in enumerate(threads):
        _thread(canvas, 528 + 34 * row, DYES[thread - 1], knot=MARGIN + 20 + 66 * row)
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _thread(canvas: ImageDraw.ImageDraw, y: int, dye: str, knot: int) -> None:
    """A double thread over the whole width, with the knot of a start."""
    for x in range(0, SIZE[0], 20):
        canvas.rectangle((x, y - 5, x + 16, y - 1), dye)
        canvas.rectangle((x + 10, y + 3, x + 20, y + 7), dye)
    for half, fill in ((20, dye), (17, GROUND), (13, dye)):
        corners = [(knot, y - half), (knot + half, y), (knot, y + half), (knot - half, y)]
        canvas.polygon(corners, fill)


def _wrapped(text: str, font: Font) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, font) <= SIZE[0] - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    return (
        lines
        if len(lines) <= MOST_LINES
        else [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]} …"]
    )


def _write(
    canvas: ImageDraw.ImageDraw, at: tuple[float, float], text: str, font: Font, ink: str
) -> None:
    x, y = at
    for face, run in _runs(text, font):
        canvas.text((x, y), run, ink, font=face)
        x += face.getlength(run)


def _width(text: str, font: Font) -> float:
    return sum(face.getlength(run) for face, run in _runs(text, font))


def _runs(text: str, font: Font) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
    """The text in pieces of one file each: the fonts keep š and ž apart from the letters of western Europe."""
    for is_western, letters in groupby(text, key=lambda letter: letter < "Ā" or letter > "ᾰ"):
        yield _face("latin" if is_western else "latin-ext", *font), "".join(letters)


@once
def _face(subset: str, family: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    face = ImageFont.truetype(str(STATIC / "fonts" / f"{family}-{subset}-wght-normal.woff2"), size)
    face.set_variation_by_axes([weight])
    return face
