"""Forms of the catalogue: what may stand in its address, and what to say when something else does."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField, NameField
from accounts.models import LANGUAGES
from consent import ledger
from consent.ledger import Proof
from courses import catalogue
from courses.catalogue import FACETS, PAGE_SIZE, Extent, Listing, Order, Price, Query, Seats
from courses.marketing import Answers
from courses.models import Run
from mailing.kinds import NEWSLETTER, SIMILAR

CODE = re.compile(r"[a-z0-9_-]{1,200}")
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,100}")


def not_a_choice(value: str) -> forms.ValidationError:
    """What to say of a value that the catalogue does not know."""
    return forms.ValidationError(
        _("“%(value)s” is not one of the choices."), params={"value": value[:60]}
    )


class Values(forms.Field):
    """Any number of values of one facet, as a tuple; empty ones count as none."""

    widget = forms.SelectMultiple

    def __init__(self, facet: str, known: Iterable[str] | re.Pattern[str]) -> None:
        super().__init__(required=False, label=FACETS[facet])
        self.known = known if isinstance(known, re.Pattern) else frozenset(known)

    def to_python(self, value: list[str] | None) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each for each in value or [] if each))

    def validate(self, value: tuple[str, ...]) -> None:
        for each in value:
            if not self.fits(each):
                raise not_a_choice(each)

    def fits(self, value: str) -> bool:
        if isinstance(self.known, re.Pattern):
            return self.known.fullmatch(value) is not None
        return value in self.known


class CatalogueForm(forms.Form):
    """The catalogue's parameters. What is wrong is told and left out of `query()`; what is unknown is ignored."""

    q = forms.CharField(label=_("Search words"), required=False, max_length=200)
    theme = Values("theme", CODE)
    institution = Values("institution", CODE)
    delivery = Values("delivery", Run.Delivery.values)
    language = Values("language", CODE)
    place = Values("place", NAME)
    month = Values("month", MONTH)
    price = Values("price", Price.values)
    credits = Values("credits", Extent.values)
    seats = Values("seats", Seats.values)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=Order.choices)
    page = forms.IntegerField(label=_("Page"), required=False, min_value=1, max_value=1_000_000)

    def query(self) -> Query:
        """What is asked for, as far as it could be read."""
        self.is_valid()
        values: dict[str, Any] = self.cleaned_data
        return Query(
            q=values.get("q", ""),
            chosen={facet: values[facet] for facet in FACETS if values.get(facet)},
            sort=values.get("sort", ""),
            page=values.get("page") or 1,
        )

    def listing(self, *, reader: str, today: date) -> Listing:
        """What the catalogue answers. Values that have the right form but name nothing are told, and left out."""
        listing = catalogue.search(self.query(), reader=reader, today=today, size=self.size())
        if not listing.unknown:
            return listing
        for facet, value in listing.unknown:
            self.add_error(facet, not_a_choice(value))
        return catalogue.search(self.query(), reader=reader, today=today, size=self.size())

    def size(self) -> int:
        """Courses on a page."""
        return PAGE_SIZE


class SearchForm(CatalogueForm):
    """The same for programs: the language of the answer, and how much of it at once."""

    lang = forms.ChoiceField(label=_("Language"), required=False, choices=LANGUAGES)
    page_size = forms.IntegerField(label=_("Page size"), required=False, min_value=1, max_value=100)

    def reader(self) -> str:
        """The language asked for."""
        self.is_valid()
        return self.cleaned_data.get("lang") or settings.LANGUAGE_CODE

    def size(self) -> int:
        return self.cleaned_data.get("page_size") or PAGE_SIZE


class MarketingForm(forms.Form):
    """Two boxes, unticked: the newsletter, and a refusal of mail on training like what one is about to buy."""

    newsletter = forms.BooleanField(required=False)
    no_similar = forms.BooleanField(
        required=False, label=_("No, thank you: no e-mails on similar training.")
    )

    def __init__(self, *args: Any, asks_similar: bool = False, **kwargs: Any) -> None:
        """`asks_similar` where something is bought: only then is there anything to refuse."""
        super().__init__(*args, **kwargs)
        language = get_language() or "fi"
        self.fields["newsletter"].label = ledger.wording_of(NEWSLETTER, language).body
        if asks_similar:
            self.fields["no_similar"].help_text = ledger.wording_of(SIMILAR, language).body
        else:
            del self.fields["no_similar"]

    def answers(self, language: str, evidence: Proof) -> Answers:
        """What was ticked."""
        ticks = self.cleaned_data
        return Answers(language, ticks["newsletter"], ticks.get("no_similar"), evidence)


class EnrolForm(MarketingForm):
    """What is asked of somebody signed in: the name, when it is not known; `expects` is what the page had promised."""

    name = NameField()
    expects = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, name: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if name:
            del self.fields["name"]


class VisitorForm(EnrolForm):
    """What is asked of somebody not signed in."""

    email = AddressField(help_text=_("We send a code there to check that it is yours."))
    field_order = ("name", "email", "newsletter", "no_similar")
