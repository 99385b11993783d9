"""The mails that can be sent: each declared with its kind, rendered in the reader's language (D4.3)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import css_inline
from django.conf import settings
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from common.registry import Registry
from consent.purposes import Kind

Values = dict[str, object]
KINDS = {
    Kind.SERVICE: gettext_lazy("Service"),
    Kind.MARKETING: gettext_lazy("Marketing"),
    Kind.LEGAL: gettext_lazy("Required by law"),
}


@dataclass(frozen=True)
class Template:
    """A mail; its files are `templates/<app>/mail/<page>.{subject.txt,txt,html}` for the name `<app>/<page>`.

    `purpose` says in words what it is sent for. `sample` gives believable values of a message in a language;
    `variants` are values laid over it, for the other things the same mail can say.
    """

    name: str
    kind: Kind
    purpose: StrOrPromise
    sample: Callable[[str], Values]
    variants: tuple[Values, ...] = ()

    @property
    def kind_in_words(self) -> str:
        """The class, as staff read it."""
        return str(KINDS[self.kind])

    def file(self, ending: str) -> str:
        app, page = self.name.split("/", 1)
        return f"{app}/mail/{page}.{ending}"


@dataclass(frozen=True)
class Rendered:
    """A mail ready to be put in an envelope."""

    subject: str
    text: str
    html: str


templates: Registry[Template] = Registry("mail templates")
BLANK_LINES = re.compile(r"\n\s*\n")  # parts that are included end with a line of their own
INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def render(name: str, language: str, context: Values) -> Rendered:
    """Subject, text and HTML with its CSS inlined, in the language; KeyError for a name nobody declared."""
    template = templates[name]
    values = {
        "site_name": settings.SITE_NAME,
        "base_url": settings.BASE_URL,
        "language": language,
        "postal_address": settings.POSTAL_ADDRESS,
        "contact": {"email": settings.CONTACT_EMAIL, "phone": settings.CONTACT_PHONE},
        **context,
    }
    with translation.override(language):
        subject = " ".join(plain(template.file("subject.txt"), values).split())
        html = render_to_string(template.file("html"), {**values, "subject": subject})
        return Rendered(
            subject=subject,
            text=BLANK_LINES.sub("\n\n", plain(template.file("txt"), values)).strip() + "\n",
            html=INLINER.inline(html),
        )


def plain(file: str, values: Values) -> str:
    """A text file's words as they are: `&` stays `&`, for no browser reads it."""
    return str(Engine.get_default().get_template(file).render(Context(values, autoescape=False)))
