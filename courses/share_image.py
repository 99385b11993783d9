"""The picture of a course in shared links: its title on the woven band's ground, drawn once and kept in the cache."""

from functools import cache as once
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from PIL import Image, ImageDraw, ImageFont

from courses.models import Course
from courses.texts import shown

SIZE = (1200, 630)
MARGIN = 80
GROUND, INK, QUIET = "#F4F5F1", "#14211F", "#47534F"  # the tokens of static/css, for light ground
DYES = ("#A8321F", "#1F4FA3", "#0B6E5B", "#8A5A00", "#6B3FA0", "#9C2463")
FONTS = settings.BASE_DIR / "static" / "fonts"
DAY = 24 * 60 * 60


def png(course: Course, reader: str) -> bytes:
    """The picture for readers of the language; needs the course's institution."""
    key = f"share:{course.pk}:{reader}:{course.updated_at.timestamp()}"
    picture: bytes | None = cache.get(key)
    if picture is None:
        picture = draw(shown(course, "title", reader).text, course.institution.name)
        cache.set(key, picture, DAY)
    return picture


def draw(title: str, institution: str) -> bytes:
    """A PNG; a title too long for five lines ends in an ellipsis."""
    image = Image.new("RGB", SIZE, GROUND)
    canvas = ImageDraw.Draw(image)
    _band(canvas, 0)
    _band(canvas, SIZE[1] - 42)
    canvas.text((MARGIN, 90), settings.SITE_NAME, INK, font=_font("familjen-grotesk", 40, 700))
    font = _font("familjen-grotesk", 68, 600)
    canvas.multiline_text(
        (MARGIN, 170), "\n".join(_wrapped(title, font)), INK, font=font, spacing=10
    )
    small = _font("atkinson-hyperlegible-next", 34, 400)
    canvas.text((MARGIN, 520), institution, QUIET, font=small)
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _band(canvas: ImageDraw.ImageDraw, top: int) -> None:
    """Plain weave: every second crossing the weft lies over the warp."""
    for row in range(3):
        for column in range(SIZE[0] // 14 + 1):
            dye = DYES[(column // 2 if (row + column) % 2 else row) % len(DYES)]
            canvas.rectangle(
                (column * 14, top + row * 14, column * 14 + 12, top + row * 14 + 12), dye
            )


def _wrapped(text: str, font: ImageFont.FreeTypeFont, most: int = 5) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= SIZE[0] - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    lines = [line for line in lines if line]
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]} …"]


@once
def _font(name: str, size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(Path(FONTS) / f"{name}-latin-wght-normal.woff2"), size)
    font.set_variation_by_axes([weight])
    return font
