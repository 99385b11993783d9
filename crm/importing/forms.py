"""Forms of imports: the file, and what its columns are and on what ground the customers are held."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Institution, User
from accounts.roles import Permission
from consent.models import Topic
from crm.importing.headings import fields
from crm.importing.problems import Problem, Why
from crm.importing.steps import Ground
from crm.models import Import
from crm.models.imports import Basis

LARGEST = 10  # megabytes; a whole request may have twelve
ENDINGS = ".csv,.tsv,.txt,.xlsx,.xls,.ods"
MEANINGS: dict[str, Promise] = {
    "organisation": gettext_lazy("Organisation"),
    "business_id": gettext_lazy("Business ID"),
    "other_name": gettext_lazy("Other name of the organisation"),
    "industry": gettext_lazy("Industry (TOL 2008)"),
    "size": gettext_lazy("Number of people, or size"),
    "website": gettext_lazy("Web site"),
    "domain": gettext_lazy("Domain of their e-mail"),
    "street": gettext_lazy("Street address"),
    "postcode": gettext_lazy("Postcode"),
    "city": gettext_lazy("City"),
    "country": gettext_lazy("Country"),
    "einvoice_address": gettext_lazy("E-invoicing address"),
    "einvoice_operator": gettext_lazy("E-invoicing operator"),
    "parent": gettext_lazy("Parent organisation"),
    "name": gettext_lazy("Person’s name"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "email": gettext_lazy("E-mail address"),
    "phone": gettext_lazy("Phone"),
    "work_phone": gettext_lazy("Work phone"),
    "title": gettext_lazy("Job title"),
    "language": gettext_lazy("Language"),
    "basis": gettext_lazy("Legal basis"),
    "proof": gettext_lazy("Proof of consent"),
    "source": gettext_lazy("Source"),
}
GROUPS = (
    (gettext_lazy("Organisation"), "organisation", "parent"),
    (gettext_lazy("Person"), "name", "language"),
    (gettext_lazy("Ground"), "basis", "source"),
)
KEYS = {"organisation", "business_id", "email"}


def choices() -> Iterator[tuple[Any, Any]]:
    """What a column can be, by what it tells of."""
    order = list(fields())
    yield "", gettext_lazy("Leave it out")
    for label, first, last in GROUPS:
        names = order[order.index(first) : order.index(last) + 1]
        yield label, [(name, MEANINGS[name]) for name in names]


class UploadForm(forms.Form):
    """The file, and which institution brings its customers."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "An Excel workbook (.xlsx, .xls, .ods) or text (.csv), at most 10 MB and 100,000 rows. Any encoding and separator will do. Of a workbook the first sheet is read."
        ),
        widget=forms.FileInput(attrs={"accept": ENDINGS}),
    )
    institution = forms.ModelChoiceField(
        Institution.objects.none(), label=gettext_lazy("Owner institution")
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["institution"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  tells mypy
        field.queryset = Institution.objects.staffed_by(user, Permission.IMPORT_CUSTOMERS)
        if user.may_everywhere(Permission.IMPORT_CUSTOMERS):
            field.required, field.empty_label = False, _("All institutions together")
        elif len(found := list(field.queryset[:2])) == 1:
            field.initial = found[0]

    def clean_file(self) -> "UploadedFile[Any]":
        """No more than is read at once."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST * 1_048_576:
            too_large = Problem(Why.TOO_LARGE, {"most": LARGEST})
            raise forms.ValidationError(too_large.said, code="too_large")
        return file


class ColumnsForm(forms.Form):
    """What each column is; basis, source and proof for rows whose columns do not say."""

    basis = forms.ChoiceField(
        label=gettext_lazy("Legal basis"),
        choices=[("", gettext_lazy("Choose")), *Basis.choices],
        error_messages={"required": gettext_lazy("Choose the legal basis.")},
        help_text=gettext_lazy(
            "What makes it lawful to hold these people (GDPR Article 6). For every row whose column does not say otherwise."
        ),
    )
    proof = forms.CharField(
        label=gettext_lazy("Proof of consent"),
        max_length=200,
        required=False,
        help_text=gettext_lazy(
            "Only for consent: where and when it was given, such as “sign-up list, fair of 12 May 2026, folder 3”. An import gives nobody permission to be sent marketing."
        ),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=120,
        error_messages={"required": gettext_lazy("Write where the details are from.")},
        help_text=gettext_lazy(
            "Where the details are from. The people are told this in your words: “list of participants, Municipal Fair 2026”."
        ),
    )
    topic = forms.ModelChoiceField(
        Topic.objects.all(),
        label=gettext_lazy("Theme of their work"),
        required=False,
        empty_label=gettext_lazy("None: no marketing is sent on the ground of work"),
        help_text=gettext_lazy(
            "Only when this theme concerns the work of everybody in the file. Then they may be sent marketing on it at their work address until they refuse (Act 917/2014, section 202)."
        ),
    )

    def __init__(self, imported: Import, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", initial(imported))
        super().__init__(*args, **kwargs)
        self.imported = imported
        self.names = [f"column_{at}" for at in range(len(imported.headings))]
        for name, heading in zip(self.names, imported.headings, strict=True):
            self.fields[name] = forms.ChoiceField(label=heading, choices=choices, required=False)
        chosen = self.chosen()
        for name in ("basis", "source"):
            self.fields[name].required = name not in chosen

    def chosen(self) -> list[str]:
        """What the columns are said to be, or were, before anything is looked at."""
        if not self.is_bound:
            return self.imported.columns
        return [str(self.data.get(self.add_prefix(name), "")) for name in self.names]

    def clean(self) -> dict[str, Any]:
        """A field is one column's; there is somebody to import; every row gets its ground and source."""
        cleaned = super().clean() or {}
        columns = self.columns
        twice = sorted({name for name in columns if name and columns.count(name) > 1})
        for name in twice:
            last = len(columns) - 1 - columns[::-1].index(name)
            self.add_error(self.names[last], _("Another column is this already."))
        if not KEYS & set(columns):
            self.add_error(
                None,
                _("Choose a column for the organisation, its business ID or an e-mail address."),
            )
        self.require_proof(cleaned, columns)
        return cleaned

    def require_proof(self, cleaned: dict[str, Any], columns: list[str]) -> None:
        """Consent that no column proves is proven here."""
        is_consent = cleaned.get("basis") == Basis.CONSENT
        if is_consent and "proof" not in columns and not cleaned.get("proof"):
            self.add_error("proof", _("Consent needs a proof: where and when it was given."))

    @property
    def columns(self) -> list[str]:
        """The field of each column, once the form has been looked at."""
        return [self.cleaned_data.get(name) or "" for name in self.names]

    @property
    def ground(self) -> Ground:
        """What was said for all rows."""
        said = {name: self.cleaned_data[name] for name in ("basis", "proof", "source", "topic")}
        return Ground(**said, institution=self.imported.institution)


def initial(imported: Import) -> dict[str, object]:
    """What was proposed, or said before."""
    columns = {f"column_{at}": name for at, name in enumerate(imported.columns)}
    ground = {name: getattr(imported, name) for name in ("basis", "proof", "source", "topic")}
    return {**columns, **ground}
