"""A presentation as a run. What has no column is kept in its notes, under the element's name (A2)."""

from collections.abc import Iterable
from typing import Any

from lxml import etree

from courses.exchange.xcri import values
from courses.exchange.xcri.days import Day, day, moment
from courses.exchange.xcri.nodes import Node
from courses.exchange.xcri.places import in_order, venues
from courses.exchange.xcri.records import Place, RunRecord, digest
from courses.exchange.xcri.texts import cut, one_line, plain
from courses.models import Run

WORDS = {
    "studymode": "study_mode",
    "attendancemode": "attendance",
    "attendancepattern": "pattern",
    "engagement": "engagement",
    "duration": "duration",
    "age": "age",
    "places": "places",
    "placesavailable": "places",
    "enquireto": "enquire_to",
}


def run(node: Node, title: str, language: str, default: Place | None) -> RunRecord:
    """The presentation as a run; `language` and `default` place hold where it says nothing itself."""
    notes: dict[str, Any] = {}
    modes = node.take("attendancemode")
    code = next((code for mode in modes if (code := mode.get("identifier"))), "")
    notes["attendance"] = _words(modes)
    for name, key in WORDS.items():
        notes[key] = notes.get(key) or _words(node.take(name))
    place = _place(node, notes)
    said = [notes["attendance"], notes["study_mode"], notes["pattern"], notes.get("at", "")]
    column: dict[str, Any] = {"delivery": values.delivery(code, *said)}
    notes.pop("at", None)
    if not place and column["delivery"] != Run.Delivery.ONLINE:
        place = default
    column |= _dates(node, notes)
    column |= _enrolment(node, notes)
    column |= _price(node, notes)
    column["language"] = _language(node, notes) or language
    name = node.line("title")
    column["name"] = "" if name.casefold() == title.casefold() else cut(name, 300)
    identifiers = in_order(node.take("identifier"))
    notes["url"] = "\n".join(dict.fromkeys(map(_web_page, node.take("url"))))
    notes["identifiers"] = list(identifiers[1:])
    facts = digest(column["starts_on"], column["ends_on"], place and place.key, said, name)
    kept = {key: value for key, value in {**node.rest(), **notes}.items() if value}
    return RunRecord(next(iter(identifiers), ""), column | {"notes": kept}, facts[:8], place)


def _words(elements: Iterable[etree._Element]) -> str:
    """The elements' words; for one without words the code or the interval it carries."""
    said = (
        one_line(each) or each.get("identifier") or each.get("interval") or "" for each in elements
    )
    return "; ".join(dict.fromkeys(filter(None, said)))


def _web_page(element: etree._Element) -> str:
    """The address with its scheme, or the words where there are more than that."""
    text = one_line(element)
    address = values.web_address(text)
    return values.beside(address, text) or address


def _place(node: Node, notes: dict[str, Any]) -> Place | None:
    """The first place named; all that is told of it and of others goes to the notes."""
    found = venues(node.take("venue", "offeredat"))
    places = [place for place, _rest in found if place]
    rests = [rest for _place, rest in found if rest]
    notes["venue"] = rests if len(rests) > 1 else next(iter(rests), None)
    notes["venues"] = [place.address for place in places[1:]]
    notes["at"] = " ".join(str(rest.get("title", "")) for place, rest in found if not place)
    return places[0] if places else None


def _dates(node: Node, notes: dict[str, Any]) -> dict[str, Any]:
    """First and last day. One before the other cannot be, so the last is then a note."""
    begins, ends = _temporal(node, "start", "start", notes), _temporal(node, "end", "end", notes)
    notes["start_time"] = begins.at if begins else ""
    if begins and ends and ends.until < begins.on:
        notes["end_text"], ends = ends.until.isoformat(), None
    return {"starts_on": begins and begins.on, "ends_on": ends and ends.until}


def _enrolment(node: Node, notes: dict[str, Any]) -> dict[str, Any]:
    opens = _temporal(node, "applyfrom", "apply_from", notes)
    closes = _temporal(node, "applyuntil", "apply_until", notes)
    if opens and closes and closes.until < opens.on:
        notes["apply_from_text"], opens = opens.on.isoformat(), None
    where = node.take("applyto")
    said = _words(where) or next((to for each in where if (to := each.get("href"))), "")
    address = values.web_address(said)
    notes["apply_to"] = values.beside(address, said)
    return {
        "enrolment_opens_at": moment(opens.on, ends=False) if opens else None,
        "enrolment_closes_at": moment(closes.until, ends=True) if closes else None,
        "apply_url": address,
    }


def _temporal(node: Node, name: str, key: str, notes: dict[str, Any]) -> Day | None:
    """The day, by the attribute made for machines before the text made for people.

    The text becomes a note under `key` where it says it better than a date: “September 2012”, “Mondays from
    3 September”. What contradicts the attribute, and what more elements of the name say, is only kept, under `<key>_text`.
    """
    said = [(one_line(each), each.get("dtf") or "") for each in node.take(name)]
    dated = next((pair for pair in said if day(pair[1]) or day(pair[0])), None)
    if dated is None:
        notes[key] = "; ".join(dict.fromkeys(text or machine for text, machine in said))
        return None
    text, machine = dated
    others = [other or stamp for other, stamp in said if (other, stamp) != dated]
    written, found = day(text), day(machine) or day(text)
    if found and written and written.on != found.on:
        others.insert(0, text)
    elif found and not (written and written.is_all and written.is_exact):
        notes[key] = text or ("" if found.is_exact else machine)
    notes[f"{key}_text"] = "; ".join(filter(None, others))
    return found


def _price(node: Node, notes: dict[str, Any]) -> dict[str, Any]:
    text = "\n".join(filter(None, map(plain, node.take("cost"))))
    notes["cost"] = values.shown_cost(text)
    return {"price_net": values.net_euros(text)}


def _language(node: Node, notes: dict[str, Any]) -> str:
    said = [one_line(each) for each in node.take("languageofinstruction")]
    codes = list(dict.fromkeys(filter(None, map(values.language_code, said))))
    unknown = [text for text in said if text and not values.language_code(text)]
    notes["languages"] = codes[1:] + unknown
    return codes[0][:8] if codes else ""
