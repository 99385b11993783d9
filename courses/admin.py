"""The offering in /admin/: staff edit their own institution's, and see whoever is booked twice (A1.6, A2.5)."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modeltranslation.admin import TranslationAdmin, TranslationTabularInline

from accounts.admin import ByRole
from accounts.models import Institution, User
from accounts.roles import Permission
from courses import runs, search
from courses.models import Course, Enrolment, Run, Session, Theme, Trainer, Venue

MOST_SESSIONS = 200


class OfferingAdmin(ByRole):
    """Rows that belong to an institution; others' rows cannot be fetched, so neither seen nor saved."""

    needed = Permission.EDIT_OFFERING
    seen = Permission.SEE_OFFERING
    institution_path = "institution"

    def own(
        self, request: HttpRequest, permission: Permission = Permission.EDIT_OFFERING
    ) -> QuerySet[Institution]:
        if not isinstance(request.user, User):
            return Institution.objects.none()
        return Institution.objects.staffed_by(request.user, permission)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        seen = self.own(request, Permission.SEE_OFFERING)
        return super().get_queryset(request).filter(**{f"{self.institution_path}__in": seen})

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of what may be seen, the own institution's is edited."""
        if obj is None or not self.allowed(request):
            return self.allowed(request)
        own = {f"{self.institution_path}__in": self.own(request)}
        return bool(self.model._base_manager.filter(pk=obj.pk, **own).exists())  # noqa: SLF001  Django's documented API

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        if db_field.name == "institution":
            kwargs["queryset"] = self.own(request)
        if db_field.name in {"contact", "user"}:
            kwargs["queryset"] = User.objects.filter(staff_roles__isnull=False).distinct()
        if db_field.name == "course":
            kwargs["queryset"] = Course.objects.filter(institution__in=self.own(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Course)
class CourseAdmin(OfferingAdmin, TranslationAdmin[Course]):
    """Courses and events."""

    list_display = ("title", "institution", "format", "published_at", "withdrawn_at")
    ordering = ("-pk",)
    list_filter = ("format", "themes__topic")
    list_select_related = ("institution",)
    search_fields = ("title_fi", "title_sv", "title_en", "slug", "identifier")
    prepopulated_fields = {"slug": ("title",)}
    filter_horizontal = ("co_institutions", "themes", "trainers")
    readonly_fields = ("identifier", "subjects", "unmapped")

    def save_related(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        change: bool,  # noqa: FBT001  Django's signature
    ) -> None:
        super().save_related(request, form, formsets, change)
        search.queue([form.instance.pk])


class RunForm(forms.ModelForm[Run]):
    """A run with the number of its seats, which are rows of their own."""

    seats = forms.IntegerField(
        label=gettext_lazy("Seats"),
        required=False,
        min_value=1,
        max_value=10_000,
        help_text=gettext_lazy("Empty when people enrol elsewhere."),
    )

    class Meta:
        model = Run
        exclude = ("capacity",)  # noqa: DJ006  written by seats.set_capacity alone

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seats"].initial = self.instance.capacity

    def clean_seats(self) -> int | None:
        wanted: int | None = self.cleaned_data["seats"]
        if self.instance.pk:
            held = Enrolment.objects.filter(run=self.instance, seat__isnull=False).count()
            if (wanted or 0) < held:
                raise forms.ValidationError(
                    _("%(held)s people hold a seat, so there cannot be fewer seats."),
                    params={"held": held},
                )
        return wanted

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("seats") and not data.get("enrolment_closes_at"):
            self.add_error("enrolment_closes_at", _("Say when enrolment closes."))
        return data


class SessionInline(TranslationTabularInline[Session, Run]):
    """The meetings of a run."""

    model = Session
    extra = 1
    max_num = MOST_SESSIONS
    autocomplete_fields = ("trainer", "venue")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return isinstance(request.user, User) and request.user.may(Permission.SEE_OFFERING)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return isinstance(request.user, User) and request.user.may(Permission.EDIT_OFFERING)

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission

    def get_formset(self, request: HttpRequest, obj: Run | None = None, **kwargs: Any) -> Any:
        """No more forms than a run may have sessions, whatever number is sent: each costs time."""
        return super().get_formset(request, obj, absolute_max=MOST_SESSIONS, **kwargs)


@admin.register(Run)
class RunAdmin(OfferingAdmin):
    """Runs with their sessions and seats."""

    institution_path = "course__institution"
    form = RunForm
    list_display = ("course", "starts_on", "kind", "delivery", "state", "capacity")
    list_filter = ("state", "kind", "delivery")
    list_select_related = ("course",)
    search_fields = ("course__title_fi", "course__title_en", "identifier")
    autocomplete_fields = ("venue", "course")
    readonly_fields = ("double_bookings", "identifier", "notes")
    inlines = (SessionInline,)
    date_hierarchy = "starts_on"

    def get_fields(self, request: HttpRequest, obj: Run | None = None) -> Any:
        """Who only looks reads the run's own number of seats; the form's field is for changing it."""
        fields = [str(each) for each in super().get_fields(request, obj)]
        if obj is None or self.has_change_permission(request, obj):
            return fields
        return ["capacity" if each == "seats" else each for each in fields]

    def save_model(
        self,
        request: HttpRequest,
        obj: Run,
        form: Any,
        change: bool,  # noqa: FBT001  Django's signature
    ) -> None:
        wanted = form.cleaned_data["seats"]
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if wanted is not None:
                runs.set_capacity(obj, wanted)

    def save_related(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        change: bool,  # noqa: FBT001  Django's signature
    ) -> None:
        super().save_related(request, form, formsets, change)
        for line in clashes_of(form.instance):
            messages.warning(request, line)
        search.queue([form.instance.course_id])

    @admin.display(description=gettext_lazy("Booked twice"))
    def double_bookings(self, run: Run) -> str:
        lines = clashes_of(run) if run.pk else []
        return format_html_join("", "<p>{}</p>", ((line,) for line in lines)) or _("No clashes.")


def clashes_of(run: Run) -> list[str]:
    """A sentence for each session elsewhere that needs this run's trainer or venue at the same time."""
    lines = []
    for session in run.sessions.select_related("run__venue", "trainer", "venue"):
        for other in Session.objects.clashing_with(session).select_related(
            "run__course__institution", "run__venue", "trainer", "venue"
        ):
            is_trainer = session.trainer_id and other.trainer_id == session.trainer_id
            lines.append(
                _("%(who)s is also booked on %(when)s: %(course)s (%(institution)s).")
                % {
                    "who": session.trainer if is_trainer else session.place,
                    "when": date_format(localtime(other.starts_at), "SHORT_DATETIME_FORMAT"),
                    "course": other.run.course,
                    "institution": other.run.course.institution,
                }
            )
    return lines


class ClashFilter(admin.SimpleListFilter):
    """Only sessions whose trainer or venue is booked twice."""

    title = gettext_lazy("booked twice")
    parameter_name = "clashes"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Booked twice"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.clashing() if self.value() == "yes" else queryset


@admin.register(Session)
class SessionAdmin(ByRole):
    """Every institution's sessions, to look at: who and what is booked when."""

    needed = Permission.EDIT_OFFERING
    seen = Permission.SEE_OFFERING
    list_display = ("starts_at", "ends_at", "run", "trainer", "place")
    list_filter = (ClashFilter, "run__course__institution")
    list_select_related = ("run__course", "run__venue", "trainer", "venue")
    date_hierarchy = "starts_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("venue"))
    def place(self, session: Session) -> Venue | None:
        return session.place


class SharedAdmin(OfferingAdmin):
    """Rows of an institution, or of all when none is named; others' and shared ones can be seen and chosen."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return admin.ModelAdmin.get_queryset(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return self.allowed(request)
        if obj.institution_id is None:
            return self.allowed_everywhere(request)
        return self.own(request).filter(pk=obj.institution_id).exists()

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        if db_field.name == "institution":
            kwargs["required"] = not self.allowed_everywhere(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Venue)
class VenueAdmin(SharedAdmin, TranslationAdmin[Venue]):
    """Places."""

    list_display = ("name", "street", "city", "institution")
    search_fields = ("name", "street", "city")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Trainer)
class TrainerAdmin(SharedAdmin, TranslationAdmin[Trainer]):
    """Trainers."""

    list_display = ("name", "title", "institution")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Theme)
class ThemeAdmin(ByRole):
    """The threads of the weave, shared by all institutions."""

    needed = Permission.MANAGE_STAFF
    seen = Permission.SEE_OFFERING
    list_display = ("topic", "thread", "position")

    def allowed(self, request: HttpRequest) -> bool:
        return self.allowed_everywhere(request)
