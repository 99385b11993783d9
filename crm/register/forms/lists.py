"""Filters of the lists, as they stand in an address. What does not fit is told, and nothing is listed then."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import LANGUAGES, Institution, User
from accounts.roles import Permission
from consent import permission
from consent.models import Person, Topic
from crm.lists import organisations, people
from crm.models import Affiliation, Organisation
from crm.register.forms.fields import Line
from mailing.kinds import NEWSLETTER

Rows = QuerySet[Any]
ANY = ("", gettext_lazy("any"))
NOBODY, MINE = "none", "me"
YES_NO = [ANY, ("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))]
LARGEST = 10**18


class Chip(NamedTuple):
    """A filter that is on, in words; the name of its parameter takes it off."""

    name: str
    text: str


class Reads(NamedTuple):
    """How a list finds the rows of a named contact, and those with open tasks."""

    answered_by: Callable[[Any, int | None], Rows]
    with_open_tasks: Callable[..., Rows]


class Filters(forms.Form):
    """What both lists are filtered by; each filter is a method `by_<name>` that narrows the rows."""

    reads: ClassVar[Reads]

    contact = forms.ChoiceField(label=gettext_lazy("Named contact"), required=False)
    tasks = forms.ChoiceField(
        label=gettext_lazy("Open tasks"),
        required=False,
        choices=[
            ANY,
            ("open", gettext_lazy("something is open")),
            ("late", gettext_lazy("something is late")),
            ("mine", gettext_lazy("something is open for me")),
        ],
    )
    source = Line(label=gettext_lazy("Source"), max_length=120)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        field = self.fields["contact"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells mypy
        answering = User.objects.filter(customers__until=None, customers__isnull=False)
        field.choices = [
            ANY,
            (MINE, _("I am")),
            (NOBODY, _("nobody")),
            *((str(each.pk), str(each)) for each in answering.distinct().order_by("name", "pk")),
        ]

    def apply(self, rows: Rows) -> Rows:
        """The rows that fit; none when a filter cannot be read."""
        if not self.is_valid():
            return rows.none()
        for name, value in self.cleaned_data.items():
            if value not in (None, ""):
                narrow: Callable[[Rows, Any], Rows] = getattr(self, f"by_{name}")
                rows = narrow(rows, value)
        return rows

    def chips(self) -> Iterator[Chip]:
        """What is on, in words."""
        if not self.is_valid():
            return
        for name, value in self.cleaned_data.items():
            if value not in (None, ""):
                yield Chip(name, f"{self.fields[name].label}: {self.in_words(name, value)}")

    def in_words(self, name: str, value: Any) -> str:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            labels: Any = field.choices
            return str(dict(labels).get(value, value))
        return str(value)

    def by_contact(self, rows: Rows, value: str) -> Rows:
        users = {MINE: self.user.pk, NOBODY: None}
        return self.reads.answered_by(rows, users[value] if value in users else int(value))

    def by_tasks(self, rows: Rows, value: str) -> Rows:
        which: dict[str, dict[str, Any]] = {
            "open": {},
            "late": {"due_at__lt": timezone.now()},
            "mine": {"assignee": self.user},
        }
        return self.reads.with_open_tasks(rows, **which[value])


class OrganisationFilters(Filters):
    """What organisations are filtered by."""

    reads = Reads(organisations.answered_by, organisations.with_open_tasks)

    owner = forms.ModelChoiceField(
        label=gettext_lazy("Owner institution"),
        queryset=Institution.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("any"),
    )
    industry = forms.RegexField(
        label=gettext_lazy("Industry (TOL 2008)"),
        regex=r"^[0-9]{2,5}$",
        required=False,
        help_text=gettext_lazy("Its first digits are enough."),
    )
    size = forms.ChoiceField(
        label=gettext_lazy("Size"),
        required=False,
        choices=[ANY, *Organisation.Size.choices, ("unknown", gettext_lazy("not known"))],
    )
    city = Line(label=gettext_lazy("City"), max_length=80)
    einvoice = forms.ChoiceField(
        label=gettext_lazy("E-invoicing address"), required=False, choices=YES_NO
    )
    field_order = ("contact", "tasks", "owner", "city", "size", "industry", "einvoice", "source")

    def by_owner(self, rows: Rows, value: Institution) -> Rows:
        return rows.filter(owner=value)

    def by_industry(self, rows: Rows, value: str) -> Rows:
        return rows.filter(industry__startswith=value)

    def by_size(self, rows: Rows, value: str) -> Rows:
        return rows.filter(size="" if value == "unknown" else value)

    def by_city(self, rows: Any, value: str) -> Rows:
        return organisations.in_city(rows, value)

    def by_einvoice(self, rows: Any, value: str) -> Rows:
        return organisations.with_einvoice(rows, has=value == "yes")

    def by_source(self, rows: Rows, value: str) -> Rows:
        return rows.filter(source__iexact=value)


class PeopleFilters(Filters):
    """What people are filtered by; restricted ones alone for who handles them."""

    reads = Reads(people.answered_by, people.with_open_tasks)

    organisation = forms.IntegerField(
        label=gettext_lazy("Organisation"),
        required=False,
        min_value=1,
        max_value=LARGEST,
        widget=forms.HiddenInput,
    )
    decision = forms.ChoiceField(
        label=gettext_lazy("Decision power"),
        required=False,
        choices=[ANY, *Affiliation.Power.choices],
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False, choices=[ANY, *LANGUAGES]
    )
    topic = forms.ModelChoiceField(
        label=gettext_lazy("Newsletter permitted on"),
        queryset=Topic.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=gettext_lazy("any"),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Whose address"), required=False, choices=[ANY, *Person.Kind.choices]
    )
    restricted = forms.ChoiceField(
        label=gettext_lazy("Processing restricted"), required=False, choices=YES_NO
    )
    field_order = (
        *("contact", "tasks", "decision", "language", "topic", "kind", "restricted", "source"),
        "organisation",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        if not user.may(Permission.SEE_RESTRICTED):
            del self.fields["restricted"]

    def in_words(self, name: str, value: Any) -> str:
        if name == "organisation":
            return str(Organisation.objects.filter(pk=value).first() or value)
        return super().in_words(name, value)

    def by_organisation(self, rows: Any, value: int) -> Rows:
        return people.in_organisation(rows, value)

    def by_decision(self, rows: Any, value: str) -> Rows:
        return people.deciding(rows, value)

    def by_language(self, rows: Rows, value: str) -> Rows:
        return rows.filter(Q(language=value) | Q(contact_card__languages__contains=[value]))

    def by_topic(self, rows: Any, value: Topic) -> Rows:
        return permission.permitted(rows, NEWSLETTER, topic=value)

    def by_kind(self, rows: Rows, value: str) -> Rows:
        return rows.filter(kind=value)

    def by_restricted(self, rows: Any, value: str) -> Rows:
        found: Rows = rows.restricted() if value == "yes" else rows.unrestricted()
        return found

    def by_source(self, rows: Rows, value: str) -> Rows:
        return rows.filter(contact_card__source__iexact=value)
