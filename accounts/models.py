"""Institutions, users who sign in by e-mail, and staff roles (A1.6, E3.1)."""

from collections.abc import Callable
from typing import ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import ValidationError as NumberError
from stdnum.fi import ytunnus

from accounts.roles import Permission, Role, permissions_of

SESSION_SALT = "accounts.models.User.session"
LANGUAGES = [("fi", "suomi"), ("sv", "svenska"), ("en", "English")]


def validate_business_id(value: str) -> None:
    """Refuse a Finnish business ID (Y-tunnus) whose form or check digit is wrong."""
    try:
        ytunnus.validate(value)
    except NumberError as error:
        raise ValidationError(_("This is not a valid business ID.")) from error


class UserManager(BaseUserManager["User"]):
    """Users are known by their e-mail address, stored in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractUser):
    """Somebody who signs in: a learner, a partner's person, a trainer or a member of staff."""

    username = None  # type: ignore[assignment]  # how Django drops an inherited field
    first_name = None  # type: ignore[assignment]  # how Django drops an inherited field
    last_name = None  # type: ignore[assignment]  # how Django drops an inherited field
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="fi")
    title = models.CharField(_("job title"), max_length=120, blank=True)
    title_fi: str
    title_sv: str | None
    title_en: str | None
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    hours = models.CharField(
        _("when to reach them"),
        max_length=120,
        blank=True,
        db_default="",
        help_text=_("For instance: Mon–Fri 9–15."),
    )
    hours_fi: str
    hours_sv: str | None
    hours_en: str | None
    picture = models.ImageField(_("picture"), upload_to="staff/", blank=True, db_default="")
    sessions_since = models.DateTimeField(
        _("sessions before this are over"), null=True, editable=False
    )
    # on a request for everybody's pages: whether its session used a second factor (portal/staff_door.py)
    has_factor: Callable[[], bool] | None = None

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # not AbstractUser's

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once_in_any_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @property
    def is_staff_member(self) -> bool:
        """Whether any role, or being superuser, makes this somebody who opens staff's pages."""
        return self.is_active and (self.is_superuser or bool(self.staff_roles.all()))

    def _get_session_auth_hash(
        self, secret: str | None = None
    ) -> str:  # Django has no public name for it
        """What a session must match to live on: Django's digest of the password, and when sessions were last ended."""
        since = self.sessions_since.isoformat() if self.sessions_since else ""
        known = f"{self.password}{since}"
        return salted_hmac(SESSION_SALT, known, secret=secret, algorithm="sha256").hexdigest()

    @property
    def roles_count(self) -> bool:
        """Whether roles give anything here: not to who asks from a session without a second factor."""
        return self.has_factor is None or self.has_factor()

    def may(self, permission: Permission, institution: "Institution | None" = None) -> bool:
        """Say whether a role of this user gives the permission, for the institution when one is named."""
        if not (self.is_active and self.roles_count):
            return False
        return self.is_superuser or any(
            permission in permissions_of(role.role)
            for role in self.staff_roles.all()
            if institution is None or role.institution_id in {None, institution.pk}
        )

    def may_everywhere(self, permission: Permission) -> bool:
        """Say whether a role over all institutions gives the permission; what they share is for these alone."""
        if not (self.is_active and self.roles_count):
            return False
        return self.is_superuser or any(
            role.institution_id is None and permission in permissions_of(role.role)
            for role in self.staff_roles.all()
        )


class InstitutionQuerySet(models.QuerySet["Institution"]):
    """Reads of institutions."""

    def staffed_by(self, user: User, permission: Permission) -> "InstitutionQuerySet":
        """Institutions for which a role of the user gives the permission; all of them for a role over all."""
        if not (user.is_active and user.roles_count):
            return self.none()
        if user.is_superuser:
            return self
        roles = [role for role in user.staff_roles.all() if permission in permissions_of(role.role)]
        if any(role.institution_id is None for role in roles):
            return self
        return self.filter(pk__in=[role.institution_id for role in roles])


class Institution(models.Model):
    """A higher-education institution that sells; the owner of its courses."""

    slug = models.SlugField(_("name in addresses"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    name_fi: str
    name_sv: str | None
    name_en: str | None
    short_name = models.CharField(_("short name"), max_length=40)
    business_id = models.CharField(
        _("business ID"), max_length=9, blank=True, validators=[validate_business_id]
    )
    identifier = models.CharField(
        _("identifier in catalogue feeds"), max_length=255, blank=True, db_index=True
    )
    logo = models.ImageField(_("logo"), upload_to="institutions/", blank=True)
    url = models.URLField(_("web site"), blank=True, max_length=500)
    email = models.EmailField(_("e-mail address"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    contact = models.ForeignKey(
        User,
        verbose_name=_("named contact"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["business_id"],
                condition=~Q(business_id=""),
                name="institution_business_id_once",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name


class StaffRole(models.Model):
    """A role of a user at one institution, or at all of them when no institution is named."""

    user = models.ForeignKey(
        User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="staff_roles"
    )
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="staff_roles",
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    since = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("staff role")
        verbose_name_plural = _("staff roles")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "institution", "role"],
                name="staff_role_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="staff_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.institution or _('all')}"
