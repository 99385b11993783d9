"""Forms of a person in the register: the card, a phone, a role in an organisation, a situation."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField, NameField
from accounts.models import LANGUAGES
from consent.models import Person
from consent.models.people import unrestricted
from crm.affiliations import Part
from crm.contacts import Card, Told
from crm.models import Affiliation, ContactPhone, Situation
from crm.models.contacts import GROUNDS
from crm.models.imports import Basis
from crm.register.forms.fields import Line, OrganisationField, phone_field
from crm.register.forms.versions import VersionedForm
from crm.situations import Words

EARLIEST, LONGEST_AHEAD = date(1950, 1, 1), timedelta(days=366 * 20)
NOT_FILLED = {"autocomplete": "off"}


class DayField(forms.DateField):
    """A day that can be meant: not before 1950, not in twenty years."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(**{"required": False, "widget": widget, **kwargs})

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not EARLIEST <= value <= timezone.localdate() + LONGEST_AHEAD:
            raise ValidationError(_("Check the year."), code="year")


def begins(day: date | None) -> datetime | None:
    """The moment a day begins in Finland; None for today, which is now."""
    if day is None or day == timezone.localdate():
        return None
    return timezone.make_aware(datetime.combine(day, time()))


# --- the card ---------------------------------------------------------------------------------


class PersonForm(VersionedForm):
    """What the register says of a person."""

    name = NameField(label=_("Name"), required=False, widget=forms.TextInput(attrs=NOT_FILLED))
    email = AddressField(required=False, widget=forms.EmailInput(attrs=NOT_FILLED))
    title = Line(label=_("Job title"), max_length=120, widget=forms.TextInput(attrs=NOT_FILLED))
    language = forms.ChoiceField(label=_("Language we write in"), choices=LANGUAGES)
    languages = forms.MultipleChoiceField(
        label=_("Languages they speak"),
        required=False,
        choices=LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
    )
    source = Line(
        label=_("Where we know them from"),
        required=True,
        max_length=120,
        help_text=_("Such as: met at the fair, the company’s web site. The person can read this."),
    )

    def card(self) -> Card:
        """What was typed, once it is valid."""
        typed = {**self.cleaned_data, "languages": tuple(self.cleaned_data["languages"])}
        names = ("name", "language", "title", "languages", "source")
        return Card(**{name: typed[name] for name in names})


class NewPersonForm(PersonForm):
    """A person to be added, with a phone and a role, if they are known; `is_another` as with organisations."""

    version = None  # type: ignore[assignment]  # how Django drops an inherited field
    kind = forms.ChoiceField(
        label=_("Whose address is it?"),
        choices=[
            (Person.Kind.NATURAL, _("a person’s")),
            (Person.Kind.ORGANISATION, _("an organisation’s general address, such as info@")),
        ],
        initial=Person.Kind.NATURAL,
        widget=forms.RadioSelect,
    )
    phone = phone_field(required=False)
    organisation = OrganisationField(
        label=_("Organisation"), help_text=_("Its name, or its business ID.")
    )
    told_by = forms.ChoiceField(
        label=_("Who told us?"),
        choices=[
            ("person", _("the person, as by a business card or a call")),
            ("others", _("somebody else, or a public source such as a web site")),
        ],
        widget=forms.RadioSelect,
        help_text=_(
            "Show the privacy notice to whoever tells us themself. A person of whom others told us gets one message tomorrow: that they are in the register, from where and why, and what they may ask (GDPR Articles 13 and 14)."
        ),
    )
    basis = forms.ChoiceField(label=_("Legal basis"), choices=GROUNDS, initial=Basis.INTEREST.value)
    is_another = forms.BooleanField(label=_("It is another person: add them"), required=False)
    field_order = (
        "kind",
        "name",
        "email",
        "phone",
        "organisation",
        "title",
        "language",
        "languages",
        "source",
        "told_by",
        "basis",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True

    def clean(self) -> dict[str, Any]:
        """A person has a name; a general address is an organisation's."""
        cleaned: dict[str, Any] = super().clean() or {}
        is_general = cleaned.get("kind") == Person.Kind.ORGANISATION
        if not is_general and not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", _("Write the person’s name."))
        if is_general and not cleaned.get("organisation") and "organisation" not in self.errors:
            self.add_error("organisation", _("Say whose general address it is."))
        return cleaned

    def told(self) -> Told:
        """Who told us, once it is valid; of a general address nobody need be told."""
        is_person = self.cleaned_data["kind"] == Person.Kind.NATURAL
        by_others = is_person and self.cleaned_data["told_by"] == "others"
        return Told(by_others, self.cleaned_data["basis"])


class PhoneForm(forms.Form):
    """A number to be added."""

    number = phone_field(required=True)
    kind = forms.ChoiceField(label=_("Kind"), choices=ContactPhone.Kind.choices)
    is_primary = forms.BooleanField(label=_("The first to call"), required=False)


# --- roles ------------------------------------------------------------------------------------


class RoleForm(VersionedForm):
    """What a person is and may do in an organisation."""

    title = Line(
        label=_("Job title there"), max_length=120, widget=forms.TextInput(attrs=NOT_FILLED)
    )
    rights = forms.ChoiceField(
        label=_("Rights in the portal"),
        choices=Affiliation.Rights.choices,
        initial=Affiliation.Rights.MEMBER,
    )
    decision_power = forms.ChoiceField(
        label=_("Decision power"),
        required=False,
        choices=[("", _("not known")), *Affiliation.Power.choices],
    )
    is_primary = forms.BooleanField(label=_("The organisation they are known by"), required=False)

    def part(self) -> Part:
        """What was typed, once it is valid."""
        names = ("title", "rights", "decision_power", "is_primary")
        return Part(**{name: self.cleaned_data[name] for name in names})


class NewRoleForm(RoleForm):
    """A role that begins."""

    version = None  # type: ignore[assignment]  # how Django drops an inherited field
    organisation = OrganisationField(
        label=_("Organisation"), required=True, help_text=_("Its name, or its business ID.")
    )
    since = DayField(label=_("Since"), help_text=_("Empty: from today."))
    field_order = ("organisation", "title", "rights", "decision_power", "is_primary", "since")


class ColleagueField(forms.ModelChoiceField[Affiliation]):
    """A role in the organisation, by the name of who has it."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.person)


class EndForm(forms.Form):
    """The last day of a role, and who is administrator after."""

    last_day = DayField(label=_("Last day"), help_text=_("Empty: it ends now."))
    successor = ColleagueField(
        label=_("Who is administrator then?"),
        queryset=Affiliation.objects.none(),
        required=False,
        empty_label=_("nobody new"),
    )

    def __init__(self, affiliation: Affiliation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["successor"]
        assert isinstance(field, ColleagueField)  # noqa: S101  tells mypy
        colleagues = Affiliation.objects.current().filter(
            organisation=affiliation.organisation_id, until=None
        )
        field.queryset = (
            colleagues.exclude(person=affiliation.person_id)
            .filter(unrestricted())
            .select_related("person")
            .order_by("person__name", "pk")
        )
        if affiliation.rights != Affiliation.Rights.ADMIN:
            del self.fields["successor"]

    def at(self) -> datetime | None:
        """The end of the last day in Finland; None for now."""
        day: date | None = self.cleaned_data["last_day"]
        return None if day is None else begins(day + timedelta(days=1))


# --- situations -------------------------------------------------------------------------------


class SituationForm(VersionedForm):
    """What a customer is in, moved by, or needs."""

    kind = forms.ChoiceField(label=_("What it tells"), choices=Situation.Kind.choices)
    text = Line(label=_("In words"), required=True, max_length=500)
    since = DayField(label=_("Since"), required=True)
    until = DayField(
        label=_("Until"), help_text=_("The last day on which it holds, if it is over.")
    )
    source = Line(label=_("Source"), max_length=120)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("It cannot end before it begins."))
        return cleaned

    def words(self) -> Words:
        """What was typed, once it is valid."""
        names = ("kind", "text", "since", "until", "source")
        return Words(**{name: self.cleaned_data[name] for name in names})


class NewSituationForm(SituationForm):
    """One to be noted."""

    version = None  # type: ignore[assignment]  # how Django drops an inherited field


class FindForm(forms.Form):
    """Whose page is wanted."""

    address = AddressField(
        help_text=_("The whole address; nothing else is searched."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
