"""Institutions, users and staff roles in /admin/."""

from typing import Any, ClassVar

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin, messages
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from accounts import departures, reads, users
from accounts.access import reauthenticated
from accounts.models import Institution, StaffRole, User
from accounts.roles import Permission


class ByRole(admin.ModelAdmin[Any]):
    """A model whose whole administration one permission of the role table opens; another may open it to look at."""

    needed: ClassVar[Permission]
    seen: ClassVar[Permission | None] = None

    def may_look(self, request: HttpRequest) -> bool:
        if self.seen is None:
            return self.allowed(request)
        return isinstance(request.user, User) and request.user.may(self.seen)

    def allowed(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.may(self.needed)

    def allowed_everywhere(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.may_everywhere(self.needed)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may_look(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_look(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.allowed(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allowed(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Institution)
class InstitutionAdmin(ByRole, TranslationAdmin[Institution]):
    """An institution's own details, edited by its managers and looked at by whoever audits it."""

    needed = Permission.EDIT_INSTITUTION
    seen = Permission.SEE_AUDIT
    list_display = ("short_name", "name", "business_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Institution]:
        if not isinstance(request.user, User):
            return Institution.objects.none()
        return Institution.objects.staffed_by(request.user, Permission.SEE_AUDIT)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Of what may be looked at, the own institution's is edited."""
        user = request.user
        own = obj if isinstance(obj, Institution) else None
        return isinstance(user, User) and user.may(self.needed, own)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.may_everywhere(
            Permission.MANAGE_STAFF
        )

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        if db_field.name == "contact":
            kwargs["queryset"] = User.objects.filter(staff_roles__isnull=False).distinct()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class StaffRoleInline(admin.TabularInline[StaffRole, User]):
    """The roles of one user at the institutions whose staff the reader manages; a role over all is theirs who have one."""

    model = StaffRole
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return isinstance(request.user, User) and request.user.may(Permission.SEE_AUDIT)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return isinstance(request.user, User) and request.user.may(Permission.MANAGE_STAFF)

    has_change_permission = has_add_permission
    has_delete_permission = has_add_permission

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffRole]:
        """Those the reader manages; who manages none sees those they may audit."""
        manages = self.has_change_permission(request)
        needed = Permission.MANAGE_STAFF if manages else Permission.SEE_AUDIT
        roles = super().get_queryset(request)
        if over_all(request, needed):
            return roles
        return roles.filter(institution__in=managed(request, needed))

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        if db_field.name == "institution":
            kwargs |= {"queryset": managed(request), "required": not over_all(request)}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def managed(
    request: HttpRequest, needed: Permission = Permission.MANAGE_STAFF
) -> QuerySet[Institution]:
    """The institutions whose staff the reader manages, or may audit."""
    if not isinstance(request.user, User):
        return Institution.objects.none()
    return Institution.objects.staffed_by(request.user, needed)


def over_all(request: HttpRequest, needed: Permission = Permission.MANAGE_STAFF) -> bool:
    """Whether the reader manages, or may audit, the staff of every institution."""
    return isinstance(request.user, User) and request.user.may_everywhere(needed)


@admin.register(User)
class UserAdmin(ByRole, TranslationAdmin[User]):
    """People who sign in, and their staff roles."""

    needed = Permission.MANAGE_STAFF
    seen = Permission.SEE_AUDIT
    actions = ("reset_factors",)
    list_display = ("name", "email", "is_active")
    list_filter = ("is_active", "staff_roles__role")
    search_fields = ("name", "email")
    fields = ("email", "name", "title", "phone", "language", "is_active", "last_login")
    inlines = (StaffRoleInline,)

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> tuple[str, ...] | list[str]:
        """The user is everybody's: whoever manages one institution's staff gives and takes its roles only."""
        fields = ("email", "last_login") if over_all(request) else self.fields
        return self.replace_orig_field(fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Whoever changes what somebody may do shows once more that it is them.

        A change that would leave customers without anybody is refused whole: the transaction inside has ended.
        """
        page = super().changeform_view
        try:
            answer: HttpResponse = (reauthenticated(page) if request.method == "POST" else page)(
                request, *args, **kwargs
            )
        except departures.StillNeededError:
            messages.error(
                request,
                gettext(
                    "Nothing was changed: nobody else is left who could answer their customers."
                ),
            )
            return redirect(request.path)
        return answer

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> User | None:
        """The look at whoever the page is on is written down."""
        found: User | None = super().get_object(request, object_id, from_field)
        if found is not None and isinstance(request.user, User):
            reads.opened(found, by=request.user)
        return found

    def save_related(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        change: bool,  # noqa: FBT001  Django's signature
    ) -> None:
        """Roles are saved by now: for one who works here no more others take over, and sessions end (A20).

        They end with what they were allowed: a role taken or changed, an account closed or opened.
        """
        super().save_related(request, form, formsets, change)
        taken = any(each.deleted_objects or each.changed_objects for each in formsets)
        if taken or "is_active" in form.changed_data:
            users.end_sessions(form.instance)
        departures.settle(
            form.instance, by=request.user if isinstance(request.user, User) else None
        )

    def has_reset_permission(self, request: HttpRequest) -> bool:
        """A second factor is everybody's own, at no institution."""
        return over_all(request)

    @admin.action(
        permissions=["reset"], description=_("Remove the second factors of who has lost them")
    )
    @method_decorator(reauthenticated)
    def reset_factors(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """After this one signs in by a mailed code or a password, and sets up a new one; each is told by mail."""
        for user in chosen:
            users.reset_factors(user)
            get_adapter().send_mail("accounts/email/factors_reset", user.email, {"owner": user})
        self.message_user(
            request, _("Their second factors are removed, and they were told by mail.")
        )


# rows of secrets, which the action above removes; and providers, which the configuration alone names
for model in (Authenticator, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)
