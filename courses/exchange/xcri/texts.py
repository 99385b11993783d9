"""Descriptions of a feed as plain text: paragraphs between blank lines, list items as lines that begin with "- ".

Producers send plain text, XHTML elements, and HTML as text, once or twice escaped; all end up the same. What
is kept is text and nothing else, so there is no markup left that could do harm on a page.
"""

import html
import re

from lxml import etree

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
LONGEST_MARKUP = 1_000_000

INLINE = re.compile(
    r"a|abbr|acronym|b|big|cite|code|em|font|i|img|ins|label|mark|q|s|small|span|strong|su[bp]|tt|u|wbr"
)
OPENS = {"br": "\n", "li": "\n- ", "td": "", "th": ""}
CLOSES = {"br": "", "li": "\n", "td": " · ", "th": " · "}
PARTED = "\n\n"  # what any other element is from its neighbours
UNSEEN = {"script", "style", "noscript", "template", "head"}
TAGS = (
    r"/?(?:p|br|div|span|ul|ol|li|strong|em|b|i|u|a|h[1-6]|table|tr|td|th|font|hr|img|script|style)"
)
MARKUP = re.compile(rf"<{TAGS}\b[^<>]*>", re.IGNORECASE)
ESCAPED = re.compile(rf"&lt;{TAGS}\b", re.IGNORECASE)
REFERENCE = re.compile(r"&#?\w{1,31};")
BULLET = re.compile(r"[•·▪●◦‣*–-]\s+")
LOOSE = re.compile(r"[•▪●]\s*")


def local(element: etree._Element | str) -> str:
    """A name without namespace and in lower case, as producers disagree about both."""
    name = element if isinstance(element, str) else str(element.tag)
    return name.rpartition("}")[2].rpartition(":")[2].lower()


def language(element: etree._Element) -> str:
    """The primary subtag of the element's language, inherited or set on its only child; empty if nobody says."""
    around = [element, *list(element)[:1], *element.iterancestors()]
    code = next((code for each in around if (code := each.get(LANGUAGE))), "")
    return re.split("[-_]", code.strip().lower())[0]


def plain(element: etree._Element) -> str:
    """The element's text with its paragraphs and lists; where it has none, the address it refers to."""
    is_markup = len(element) > 0
    text = _walked(element) if is_markup else element.text or ""
    for _time in range(2):
        if ESCAPED.search(text):
            text = html.unescape(text)
        if MARKUP.search(text):
            is_markup, text = True, _of_markup(text)
    return _tidy(text if is_markup else _of_text(text)) or (element.get("href") or "").strip()


def one_line(element: etree._Element) -> str:
    """The element's text as a single line: a title, a date, a code."""
    text = element.text or ""
    if len(element) or "<" in text or "&" in text or not text.strip():
        text = plain(element)
    return " ".join(text.split())


def cut(text: str, length: int) -> str:
    """The text, shortened to at most `length` characters at the end of a word."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    return (head.rpartition(" ")[0].rstrip(" ,;:–-") or head) + "…"


def _of_markup(text: str) -> str:
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True)
    root = etree.fromstring(f"<div>{text[:LONGEST_MARKUP]}</div>", parser)
    return "" if root is None else _walked(root)


def _walked(root: etree._Element) -> str:
    """The text of the elements in their order, parted as a browser would part them."""
    parts = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = local(element)
        parting = "" if INLINE.fullmatch(name) else PARTED
        if event == "start":
            parts.append(OPENS.get(name, parting))
            parts.append(_squeezed(element.text))
            if name in UNSEEN:
                parts.pop()
                walk.skip_subtree()
            continue
        parts.append(_target(element) if name == "a" else "")
        parts.append(CLOSES.get(name, parting))
        parts.append(_squeezed(element.tail) if element is not root else "")
    return "".join(parts)


def _squeezed(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "")


def _target(link: etree._Element) -> str:
    """Where a link leads, unless its words say so themselves."""
    address = (link.get("href") or "").strip()
    words = "".join(map(str, link.itertext()))
    shown = re.sub(r"^(?:mailto:|https?://)", "", address, flags=re.IGNORECASE)
    leads = shown != address and shown.rstrip("/") not in words
    return f" ({address.removeprefix('mailto:')})" if leads else ""


def _of_text(text: str) -> str:
    if len(LOOSE.findall(text)) > 1:
        text = LOOSE.sub("\n- ", text)
    return "\n\n".join(_joined(paragraph) for paragraph in re.split(r"\n\s*\n", text))


def _joined(paragraph: str) -> str:
    """Its lines as one, since line ends are mostly the producer's margin; bullets begin a new one."""
    lines: list[list[str]] = []
    for line in map(str.strip, paragraph.strip().splitlines()):
        if BULLET.match(line):
            lines.append(["- " + BULLET.sub("", line, count=1)])
        elif lines:
            lines[-1].append(line)
        else:
            lines.append([line])
    return "\n".join(" ".join(parts) for parts in lines)


def _tidy(text: str) -> str:
    """One space between words, one blank line between paragraphs, none between the items of a list."""
    text = REFERENCE.sub(lambda found: html.unescape(found[0]), text)
    text = "\n".join(" ".join(line.split()).strip(" ·") for line in text.split("\n"))
    text = re.sub(r"^-(?:\s+-)*\s+", "- ", text, flags=re.MULTILINE)
    text = re.sub(r"^(- .*)\n\n+(?=- )", r"\1\n", text, flags=re.MULTILINE)
    return re.sub(r"(?:^|\n)-(?: -)*$", "", re.sub(r"\n{3,}", "\n\n", text).strip())
