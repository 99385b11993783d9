"""Feeds for tests: small ones are put together here, longer ones lie beside as files."""

from pathlib import Path

FEEDS = Path(__file__).resolve().parent
REAL = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "xcri"

NAMESPACES = (
    'xmlns="http://xcri.org/profiles/1.2/catalog" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:mlo="http://purl.org/net/mlo" xmlns:credit="http://purl.org/net/cm"'
    ' xmlns:xcriTerms="http://xcri.org/profiles/1.2/catalog/terms"'
    ' xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def presentation(identifier: str = "", body: str = "", start: str = "2027-02-01") -> str:
    named = f"<dc:identifier>{identifier}</dc:identifier>" if identifier else ""
    return f"<presentation>{named}<mlo:start>{start}</mlo:start>{body}</presentation>"


def course(identifier: str = "K-1", title: str = "Welding", body: str = "") -> str:
    return (
        f"<course><dc:identifier>{identifier}</dc:identifier>"
        f"<dc:title>{title}</dc:title>{body}</course>\n"
    )


def provider(*courses: str, name: str = "Poppleton College", identifier: str = "P-1") -> str:
    return (
        f"<provider><dc:identifier>{identifier}</dc:identifier><dc:title>{name}</dc:title>\n"
        f"{''.join(courses)}</provider>\n"
    )


def catalog(*providers: str, attributes: str = "") -> str:
    return f"<catalog {NAMESPACES} {attributes}>\n{''.join(providers)}</catalog>"


def feed(*courses: str, attributes: str = "") -> str:
    """A catalog of one provider with these courses; the first of them begins on line 3."""
    return catalog(provider(*courses), attributes=attributes)
