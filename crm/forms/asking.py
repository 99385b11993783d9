"""Forms of questions, and of who answers whom when."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts import pictures
from accounts.forms import AddressField, NameField
from accounts.models import User
from crm import answering, questions
from crm.models import Absence, ContactRule

IN = {
    "fi": _("%(what)s in Finnish"),
    "sv": _("%(what)s in Swedish"),
    "en": _("%(what)s in English"),
}
TRANSLATED = {"title": _("job title"), "hours": _("when to reach them")}
SIGNER = TimestampSigner(salt="crm.ask")
FASTEST, LONGEST_OPEN = timedelta(seconds=3), timedelta(days=1)
LONGEST_ABSENCE = timedelta(days=400)


class AskForm(forms.Form):
    """A question in words; who is signed in needs to say no more."""

    text = forms.CharField(
        label=_("Your question"),
        max_length=questions.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Write it in your own words. Please leave out health and other sensitive matters."
        ),
    )
    course = forms.SlugField(required=False, max_length=200, widget=forms.HiddenInput)
    begun = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    # filled in by programs, not by people: nobody sees it
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, *args: Any, course: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"course": course, "begun": SIGNER.sign("ask")})
        kwargs.setdefault("auto_id", "ask_%s")
        super().__init__(*args, **kwargs)

    @property
    def is_by_program(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.data.get("website"))

    def shown(self) -> list[forms.BoundField]:
        """The fields one fills in."""
        return [field for field in self.visible_fields() if field.name != "website"]

    def clean(self) -> None:
        """Sent sooner than one can write, or from a page of yesterday: once more, with what was written kept."""
        if not is_timely(self.data.get("begun", "")):
            self.data = {
                **{name: self.data[name] for name in self.data},
                "begun": SIGNER.sign("ask"),
            }
            if not self.errors:
                raise forms.ValidationError(
                    _(
                        "Please send it once more: the page was open for too short or too long a time."
                    ),
                    code="timing",
                )


def is_timely(begun: str) -> bool:
    """Whether the form was drawn by us, long enough ago to write something, and not before yesterday."""
    try:
        SIGNER.unsign(begun, max_age=LONGEST_OPEN)
    except BadSignature:
        return False
    try:
        SIGNER.unsign(begun, max_age=FASTEST)
    except SignatureExpired:
        return True
    return False


class VisitorAskForm(AskForm):
    """The same with whom to answer, for who is not signed in."""

    name = NameField(required=False)
    email = AddressField(help_text=_("The answer comes here. We subscribe you to nothing."))
    field_order = ["text", "name", "email"]


def ask_form(user: User | AnonymousUser, *, course: str = "", data: Any = None) -> AskForm:
    """The form for this reader."""
    kind = AskForm if isinstance(user, User) else VisitorAskForm
    return kind(data, course=course)


class AnswerForm(forms.Form):
    """What is mailed to who asked."""

    text = forms.CharField(
        label=_("Your answer"),
        max_length=questions.LONGEST * 4,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("It is mailed as you write it, with your name and the question under it."),
    )


class PhoneForm(forms.Form):
    """What was said on the phone."""

    note = forms.CharField(
        label=_("What you said on the phone"),
        max_length=questions.LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class StaffField(forms.ModelChoiceField[User]):
    """Somebody of staff who can answer customers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(User.objects.none(), **kwargs)

    def __deepcopy__(self, memo: Any) -> "StaffField":
        """Each form asks anew who there is."""
        mine: StaffField = super().__deepcopy__(memo)
        mine.queryset = who_can_answer()
        return mine


def who_can_answer() -> "QuerySet[User]":
    return answering.who_can_answer()


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AbsenceForm(forms.ModelForm[Absence]):
    """Days away, and the deputy; of somebody chosen."""

    user = StaffField(label=capfirst(_("who is away")))
    deputy = StaffField(label=capfirst(_("deputy")))

    class Meta:
        model = Absence
        fields = ["user", "since", "until", "deputy"]
        widgets = {"since": day_input(), "until": day_input()}

    def clean(self) -> None:
        """Days that are still to come, and not years."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if until and until < timezone.localdate():
            self.add_error("until", _("This day has passed."))
        elif since and until and until < since:
            self.add_error("until", _("The last day cannot be before the first."))
        elif since and until and until - since > LONGEST_ABSENCE:
            self.add_error("until", _("A year at a time is the most."))


class OwnAbsenceForm(AbsenceForm):
    """One's own days away."""

    class Meta(AbsenceForm.Meta):
        fields = ["since", "until", "deputy"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["user"]
        self.instance.user = user


class RuleForm(forms.ModelForm[ContactRule]):
    """A rule: for whose customers, on what topic, who."""

    user = StaffField(label=capfirst(_("named contact")))

    class Meta:
        model = ContactRule
        fields = ["institution", "topic", "user", "share"]


class HandOverForm(forms.Form):
    """All customers of one to another."""

    giver = StaffField(label=capfirst(_("from whom")))
    taker = StaffField(label=capfirst(_("to whom")))

    def clean(self) -> None:
        if self.cleaned_data.get("giver") == self.cleaned_data.get("taker"):
            raise forms.ValidationError(_("Choose two different people."), code="same")


class NameForm(forms.Form):
    """Who answers one customer."""

    user = StaffField(label=capfirst(_("named contact")))


class ProfileForm(forms.ModelForm[User]):
    """What customers see of a member of staff."""

    picture = forms.FileField(
        label=capfirst(_("picture")),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_("JPEG, PNG or WebP, 10 MB at most. The middle of it is shown as a square."),
    )
    no_picture = forms.BooleanField(
        label=_("Show the woven monogram instead of a picture"), required=False
    )

    class Meta:
        model = User
        fields = [
            *("title_fi", "title_sv", "title_en", "hours_fi", "hours_sv", "hours_en", "phone"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, what in TRANSLATED.items():
            for language, words in IN.items():
                self.fields[f"{name}_{language}"].label = words % {"what": capfirst(what)}

    def clean_picture(self) -> bytes | None:
        """The picture drawn anew."""
        upload = self.cleaned_data["picture"]
        if upload is None:
            return None
        if upload.size > pictures.LARGEST:
            raise forms.ValidationError(_("The file is larger than 10 MB."), code="large")
        try:
            return pictures.square(upload)
        except pictures.NoPictureError as error:
            raise forms.ValidationError(
                _("This is not a JPEG, PNG or WebP picture."), code="no_picture"
            ) from error
