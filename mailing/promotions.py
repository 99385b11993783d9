"""No service or legal mail promotes anything: the templates' own sources are read, with all they extend and include.

Direct marketing needs a ground that a service mail never asks for (917/2014 section 200; the ombudsman: customer
communication is no marketing unless it promotes). A promotion is the part `mail/_promotion`, in which marketing mails
set out what they offer; and a link to any page but the reader's own or that of the very thing the mail is about.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.template import Engine
from django.template.base import FilterExpression, Node, NodeList
from django.template.defaulttags import ForNode, URLNode, WithNode
from django.template.loader_tags import ExtendsNode, IncludeNode

from consent.purposes import Kind
from mailing.templates import Template, templates

PART = "mail/_promotion"
ENDINGS = ("subject.txt", "txt", "html")
# the sender's front page, and pages that show a reader their own things
OWN_PAGES = {
    "portal:home",
    "portal:me",
    "portal:details",
    "portal:privacy",
    "account_login",
    "mailing:preferences",
}
OWN_THINGS = {"slug", "run", "enrolment", "task"}  # of the message, not of a list in it


def check(**_options: Any) -> Sequence[CheckMessage]:
    """Django's system check: an error for each promotion in a mail that may hold none."""
    return [
        Error(f"{template.name} is {template.kind}, and promotes: {what}", id="mailing.E001")
        for template in templates
        for what in promotions(template)
    ]


def promotions(template: Template) -> list[str]:
    """What in the sources of a service or legal mail is a promotion; empty for marketing, which may."""
    if template.kind == Kind.MARKETING:
        return []
    return sorted({what for ending in ENDINGS for what in within(template.file(ending))})


def within(file: str, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """The promotions in a template's file; `bound` are names that stand for something in a list or another value."""
    if file.startswith(PART):
        yield f"the part {file}"
        return
    yield from among(Engine.get_default().get_template(file).nodelist, bound)


def among(nodes: NodeList, bound: frozenset[str]) -> Iterator[str]:
    for node in nodes:
        names = bound | named_by(node)
        if isinstance(node, URLNode):
            yield from of_link(node, names)
        elif isinstance(node, IncludeNode):
            yield from behind(node.template, names)
        elif isinstance(node, ExtendsNode):
            yield from behind(node.parent_name, names)
        for attribute in node.child_nodelists:
            yield from among(getattr(node, attribute, None) or NodeList(), names)


def named_by(node: Node) -> set[str]:
    """Names the node gives to other things within it."""
    if isinstance(node, ForNode):
        return set(node.loopvars)
    return set(node.extra_context) if isinstance(node, WithNode | IncludeNode) else set()


def behind(name: FilterExpression | Node, bound: frozenset[str]) -> Iterator[str]:
    """What an included or extended file holds; one whose name is a variable cannot be read."""
    if isinstance(name, FilterExpression) and isinstance(name.var, str):
        yield from within(name.var, bound)
    else:
        yield f"the part {name.token}, which only the message names"


def of_link(node: URLNode, bound: frozenset[str]) -> Iterator[str]:
    """The page a link leads to, unless it is the reader's own or that of what the mail is about."""
    page = node.view_name.var
    things = [each.token for each in (*node.args, *node.kwargs.values())]
    is_own = (things and set(things) <= OWN_THINGS - bound) or (not things and page in OWN_PAGES)
    if not (isinstance(page, str) and is_own):
        yield " ".join(["a link to", str(page), *things])
