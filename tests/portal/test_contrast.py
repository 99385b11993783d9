"""Every pair of colours keeps its WCAG 2.2 contrast, in light and in dark (E1)."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"
TOKEN = re.compile(r"--([\w-]+):\s*(?:light-dark\((#\w{6}),\s*(#\w{6})\)|(#\w{6}));")

# (foreground, background, ratio needed)
PAIRS = [
    ("ink", "paper", 7),
    ("ink", "surface", 7),
    ("ink", "sunk", 7),
    ("ink2", "paper", 4.5),
    ("ink2", "surface", 4.5),
    ("ink2", "sunk", 4.5),
    ("link", "paper", 4.5),
    ("link", "surface", 4.5),
    ("link", "sunk", 4.5),
    ("on", "accent", 4.5),
    ("on", "accentd", 4.5),
    ("accent", "paper", 4.5),
    ("accent", "surface", 4.5),
    ("accentd", "sunk", 4.5),
    ("paper", "ink", 7),
    ("line", "surface", 3),
    ("line", "paper", 3),
    ("focus", "paper", 3),
    ("focus", "surface", 3),
    ("focus", "sunk", 3),
    ("warn", "warnbg", 4.5),
    ("err", "errbg", 4.5),
    ("err", "surface", 4.5),
    ("err", "paper", 4.5),
    ("ok", "okbg", 4.5),
    ("ink", "okbg", 7),
    ("ink", "warnbg", 7),
    ("ink", "errbg", 7),
    *[
        (thread, ground, 4.5)
        for thread in ("matara", "morsinko", "kuusi", "pietar", "kanerva", "puolukka")
        for ground in ("surface", "paper")
    ],
    *[
        ("surface", thread, 4.5)
        for thread in ("matara", "morsinko", "kuusi", "pietar", "kanerva", "puolukka")
    ],
]


def colours() -> dict[str, dict[str, str]]:
    """The tokens by scheme; `plain` is what a browser without light-dark() gets."""
    schemes: dict[str, dict[str, str]] = {"plain": {}, "light": {}, "dark": {}}
    for name, light, dark, plain in TOKEN.findall(TOKENS.read_text()):
        if plain:
            schemes["plain"][name] = plain
        else:
            schemes["light"][name], schemes["dark"][name] = light, dark
    return schemes


SCHEMES = colours()


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_formula_agrees_with_the_extremes_and_a_published_value():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground", "need"), PAIRS)
def test_pair_keeps_its_contrast(scheme, text, ground, need):
    palette = SCHEMES[scheme]
    assert contrast(palette[text], palette[ground]) >= need


def test_browsers_without_light_dark_get_the_light_scheme():
    assert SCHEMES["plain"] == SCHEMES["light"]
