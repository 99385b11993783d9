"""Forms of an organisation: what is known of it, its other names."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import refuse_unseen
from accounts.models import Institution
from crm.identifiers import einvoice_address, einvoice_operator
from crm.models import Organisation, OrganisationName
from crm.models.organisations import validate_industry
from crm.organisations import Facts, Kind, Place
from crm.register.forms.fields import (
    DomainsField,
    Line,
    Normal,
    OrganisationField,
    business_id_field,
)
from crm.register.forms.versions import VersionedForm

PLACE = ("street", "postcode", "city", "country")
OWN = (
    *("name", "business_id", "industry", "size", "website", "einvoice_address"),
    *("einvoice_operator", "parent", "owner", "source", "domains"),
)


def initial_of(facts: Facts) -> dict[str, Any]:
    """The facts under the names of the form's fields."""
    places = {
        f"{kind}_{part}": getattr(place, part)
        for kind, place in facts.places.items()
        for part in PLACE
    }
    return {**{name: getattr(facts, name) for name in OWN}, **places}


def country_field() -> Line:
    attrs = {"size": 2, "autocomplete": "off"}
    return Line(
        label=_("Country, as two letters"),
        max_length=2,
        initial="FI",
        widget=forms.TextInput(attrs=attrs),
    )


class OrganisationForm(VersionedForm):
    """All that the register says of an organisation, but its other names."""

    name = Line(
        label=_("Name"),
        max_length=200,
        required=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    business_id = business_id_field(required=False)
    owner = forms.ModelChoiceField(
        label=_("Owner institution"),
        queryset=Institution.objects.all(),
        required=False,
        empty_label=_("All institutions together"),
    )
    parent = OrganisationField(
        label=_("Parent organisation"), help_text=_("Its name, or its business ID.")
    )
    industry = Line(
        label=_("Industry (TOL 2008)"),
        max_length=5,
        validators=[validate_industry],
        help_text=_("Two to five digits, such as 28 or 62100."),
    )
    size = forms.ChoiceField(
        label=_("Size"), required=False, choices=[("", _("not known")), *Organisation.Size.choices]
    )
    website = forms.URLField(label=_("Web site"), required=False, max_length=500)
    domains = DomainsField(
        label=_("Domains of its e-mail"),
        help_text=_("One on a line, such as konepaja.fi. By them we know whose people write."),
    )
    source = Line(label=_("Where it is known from"), max_length=120)
    einvoice_address = Normal(
        einvoice_address,
        _("Write an OVT number (0037 and the business ID) or an IBAN."),
        label=_("E-invoicing address"),
        help_text=_("An OVT number or an IBAN."),
    )
    einvoice_operator = Normal(
        einvoice_operator,
        _("Write the operator’s code: 6 to 20 letters and digits."),
        label=_("E-invoicing operator"),
        help_text=_("The operator’s code or the bank’s BIC, such as 003721291126."),
    )
    visiting_street = Line(label=_("Street address"), max_length=200)
    visiting_postcode = Line(label=_("Postcode"), max_length=12)
    visiting_city = Line(label=_("City"), max_length=80)
    visiting_country = country_field()
    postal_street = Line(label=_("Street address or box"), max_length=200)
    postal_postcode = Line(label=_("Postcode"), max_length=12)
    postal_city = Line(label=_("City"), max_length=80)
    postal_country = country_field()
    billing_street = Line(label=_("Street address or box"), max_length=200)
    billing_postcode = Line(label=_("Postcode"), max_length=12)
    billing_city = Line(label=_("City"), max_length=80)
    billing_country = country_field()

    def clean(self) -> dict[str, Any]:
        """An e-invoice needs both parts of its address; a country is two letters."""
        cleaned: dict[str, Any] = super().clean() or {}
        parts = [cleaned.get("einvoice_address"), cleaned.get("einvoice_operator")]
        if (
            any(parts)
            and not all(parts)
            and not {"einvoice_address", "einvoice_operator"} & set(self.errors)
        ):
            wanting = "einvoice_operator" if parts[0] else "einvoice_address"
            self.add_error(wanting, _("An e-invoice needs both the address and the operator."))
        for kind in Kind.values:
            name = f"{kind}_country"
            cleaned[name] = country = (cleaned.get(name) or "FI").upper()
            if not (country.isascii() and country.isalpha() and len(country) == 2):
                self.add_error(name, _("Write the country as two letters, such as FI or SE."))
        return cleaned

    def facts(self) -> Facts:
        """What was typed, once it is valid."""
        places: dict[str, Any] = {
            kind: Place(*(self.cleaned_data[f"{kind}_{part}"] for part in PLACE))
            for kind in Kind.values
        }
        return Facts(**{name: self.cleaned_data[name] for name in OWN}, **places)

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings."""
        names = {
            "": ("name", "business_id", "owner", "parent", "industry", "size", "source"),
            _("Web and e-mail"): ("website", "domains"),
            _("Visiting address"): tuple(f"visiting_{part}" for part in PLACE),
            _("Postal address"): tuple(f"postal_{part}" for part in PLACE),
            _("Invoicing"): (
                *("einvoice_address", "einvoice_operator"),
                *(f"billing_{part}" for part in PLACE),
            ),
        }
        return [(str(title), [self[each] for each in fields]) for title, fields in names.items()]


class NewOrganisationForm(OrganisationForm):
    """An organisation to be added; `is_another` once staff have seen that it is like one that is there."""

    version = None  # type: ignore[assignment]  # how Django drops an inherited field
    is_another = forms.BooleanField(label=_("It is another organisation: add it"), required=False)


class NameForm(forms.Form):
    """Another name."""

    name = Line(label=_("Other name"), max_length=200, required=True)
    kind = forms.ChoiceField(label=_("Kind"), choices=OrganisationName.Kind.choices)


class FindForm(forms.Form):
    """Which organisation is wanted: posted, as the name of a sole trader is a person's."""

    wanted = forms.CharField(
        label=_("Name or business ID"),
        max_length=200,
        validators=[refuse_unseen],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_wanted(self) -> str:
        """Something to look for."""
        text = " ".join(self.cleaned_data["wanted"].split())
        if len(text) < 2:
            raise ValidationError(_("Write at least two letters."), code="short")
        return text
