"""Fields that turn what staff type into what the register keeps; the words for what is wrong."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from accounts.forms import refuse_unseen
from crm import identifiers
from crm.identifiers import FreemailError, InvalidError
from crm.models import Organisation

MOST_DOMAINS = 30
NUMBERED = re.compile(r"#(\d{1,18})")


class Line(forms.CharField):
    """One line of text without unseen signs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "validators": [refuse_unseen], **kwargs})


class Normal(Line):
    """A line that `crm.identifiers` brings into one form; `wrong` says what was expected."""

    def __init__(self, into: Callable[[str], str], wrong: StrOrPromise, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 60, **kwargs})
        self.into = into
        self.wrong = wrong

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        try:
            return self.into(text) if text and "\0" not in text else text
        except InvalidError:
            return text  # as typed, for the page that says what is wrong

    def validate(self, value: str) -> None:
        super().validate(value)
        try:
            if value:
                self.into(value)
        except InvalidError as error:
            raise ValidationError(self.wrong, code="invalid") from error


def business_id_field(**kwargs: Any) -> Normal:
    return Normal(
        identifiers.business_id,
        _("This is not a valid business ID: the check digit does not match."),
        label=_("Business ID"),
        **kwargs,
    )


def phone_field(**kwargs: Any) -> Normal:
    return Normal(
        identifiers.phone,
        _("This is not a phone number. Write a foreign one with its country code: +46 …"),
        label=_("Phone"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        **kwargs,
    )


class DomainsField(forms.CharField):
    """Domains, one on a line, as a tuple."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 3})
        super().__init__(**{"required": False, "max_length": 4000, "widget": widget, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Domains as their owners write them, one on a line."""
        if isinstance(value, tuple):
            return "\n".join(identifiers.domain_in_words(each) for each in value)
        return value

    def clean(self, value: Any) -> Any:
        typed = str(super().clean(value)).replace(",", " ").split()
        if len(typed) > MOST_DOMAINS:
            raise ValidationError(
                _("At most %(most)s domains can be given."), params={"most": MOST_DOMAINS}
            )
        return tuple(sorted({domain_of(each) for each in typed}))


def domain_of(typed: str) -> str:
    """A domain, or in words why it is none."""
    params = {"value": typed[:60]}
    try:
        return identifiers.domain(typed)
    except FreemailError as error:
        said = _("Anybody can have an address at %(value)s: it tells nothing of an organisation.")
        raise ValidationError(said, code="freemail", params=params) from error
    except InvalidError as error:
        raise ValidationError(
            _("“%(value)s” is not a domain. Write for instance: konepaja.fi."),
            code="invalid",
            params=params,
        ) from error


class OrganisationField(Line):
    """An organisation by its business ID, its number (#12) or its whole name; a list offers names as one types."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {
            "list": "organisations",
            "autocomplete": "off",
            "hx-post": reverse_lazy("site:staff_organisations_suggested"),
            "hx-trigger": "input changed delay:250ms",
            "hx-target": "#organisations",
            "hx-swap": "innerHTML",
        }
        widget = forms.TextInput(attrs=attrs)
        super().__init__(**{"max_length": 230, "widget": widget, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return in_words(value) if isinstance(value, Organisation) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(self.prepare_value(data) or "").strip()

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = list(matching(text)[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise ValidationError(
                _("Several organisations are called “%(value)s”. Write the business ID."),
                code="several",
                params={"value": text[:60]},
            )
        raise ValidationError(
            _("No organisation in the register is called “%(value)s”."),
            code="unknown",
            params={"value": text[:60]},
        )


def in_words(organisation: Organisation) -> str:
    """Name and business ID, or name and number: so that one of two with the same name can be meant."""
    return f"{organisation.name} · {organisation.business_id or f'#{organisation.pk}'}"


def matching(text: str) -> Any:
    """Organisations that the text means: what stands after the last “ · ” is enough."""
    last = text.rpartition(" · ")[2].strip()
    if number := NUMBERED.fullmatch(last):
        return Organisation.objects.filter(pk=int(number[1]))
    try:
        return Organisation.objects.filter(business_id=identifiers.business_id(last))
    except InvalidError:
        return Organisation.objects.filter(name__iexact=text)
