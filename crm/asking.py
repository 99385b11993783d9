"""Whether a mail asks something, by its writer's own words in Finnish, Swedish or English (C2.4).

Rather once too often: a task that asks nothing is done with one press, a question that nobody sees is not answered.
"""

import re

from mailing import replies

LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
SENTENCE = re.compile(r"(?:^|[.!\n,]|\b(?:ja|mutta|och|men|and|but)\b)\s*", re.IGNORECASE)
BEGINNINGS = re.compile(
    r"(?:"
    # Finnish: question words, and verbs with -ko, -kö
    r"(?:mikä|mitä|minkä|milloin|koska|missä|mistä|mihin|miten|kuinka|kuka|kenen|paljonko|montako|miksi)\b"
    r"|(?:voi|voisi|saa|saisi|on|olisi|pitää|tulee|löytyy|pääsee|onnistuu|riittää)(?:nko|tko|mmeko|tteko|ko|kö|vatko)\b"
    r"|\w+(?:ttekö|tteko|isitteko|isittekö)\b"
    r"|(?:haluaisin|haluan) (?:tietää|kysyä)\b|kysyisin\b|(?:pyydän|pyytäisin) (?:tarjous|lisätieto|tieto)"
    # Swedish
    r"|(?:vad|när|var|hur|vem|vilken|vilket|vilka|varför)\b"
    r"|(?:kan|kunde|får|skulle|har|är|finns|vet) (?:ni|du|jag|vi|det|man)\b|jag undrar\b|jag vill (?:veta|fråga)\b"
    # English
    r"|(?:what|when|where|how|who|which|why)\b"
    r"|(?:can|could|would|may|do|does|is|are|will|shall) (?:you|i|we|it|there|the|this)\b"
    r"|i wonder\b|i(?: would|'d|’d) like to (?:know|ask)\b|please (?:tell|send|let|advise)\b"
    r")",
    re.IGNORECASE,
)


def asks(text: str, name: str = "") -> bool:
    """Whether the writer's own words ask something; `name` is theirs. What is quoted, and links, do not count."""
    own = LINK.sub(" ", replies.own_words(text))
    if not own or replies.means_stop(text, name):
        return False
    return "?" in own or any(BEGINNINGS.match(each.strip()) for each in SENTENCE.split(own))


def first_words(text: str, longest: int) -> str:
    """The beginning of the writer's own words on one line, for lists."""
    words = " ".join(replies.own_words(text).split())
    return words if len(words) <= longest else f"{words[: longest - 1]}…"
