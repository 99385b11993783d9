"""Imports of customers: a file's rows, what each became, and what its columns mean; and exports, as a log (C1.2)."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from accounts.roles import Permission
from common.days import PortalNow
from consent.models import Person, Topic
from crm.models.organisations import Organisation


class Basis(models.TextChoices):
    """What makes it lawful to hold the customers of an import (GDPR Art. 6(1))."""

    INTEREST = "interest", _("legitimate interest: contacts at customer organisations")
    CONTRACT = "contract", _("contract with the person or their employer")
    CONSENT = "consent", _("the person’s consent, of which there is proof")


class ImportQuerySet(models.QuerySet["Import"]):
    """Reads of imports."""

    def visible_to(
        self, user: User, needed: Permission = Permission.SEE_IMPORTS
    ) -> "ImportQuerySet":
        """Those of the institutions for which the user has the permission; one of no institution needs a role over all."""
        if user.may_everywhere(needed):
            return self
        return self.filter(institution__in=Institution.objects.staffed_by(user, needed))

    def at_work(self) -> "ImportQuerySet":
        """Those with a job to do."""
        return self.filter(
            state__in=[Import.State.CHECKING, Import.State.IMPORTING, Import.State.UNDOING]
        )


class Import(models.Model):
    """A file of customers: read into rows, tried, brought in slice by slice, and perhaps taken back.

    `basis`, `proof` and `source` are for the rows whose columns do not say. With a `topic` the import says that it
    concerns the people's work, and the ground of section 202 is recorded where it can be. The file itself is not kept.
    """

    class State(models.TextChoices):
        """Where it is."""

        READ = "read", _("waiting for its columns to be named")
        MAPPED = "mapped", _("waiting to be tried")
        CHECKING = "checking", _("being tried")
        CHECKED = "checked", _("tried, nothing is brought in yet")
        IMPORTING = "importing", _("being brought in")
        DONE = "done", _("brought in")
        UNDOING = "undoing", _("being taken back")
        UNDONE = "undone", _("taken back")

    file_name = models.CharField(max_length=200)
    encoding = models.CharField(max_length=20, blank=True)
    headings = ArrayField(models.CharField(max_length=100))
    columns = ArrayField(
        models.CharField(max_length=20, blank=True),
        default=list,
        help_text="The field that each column fills, or nothing.",
    )
    state = models.CharField(max_length=9, choices=State.choices, default=State.READ)
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("owner institution"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    basis = models.CharField(_("legal basis"), max_length=8, choices=Basis.choices, blank=True)
    proof = models.CharField(_("proof of consent"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=120, blank=True)
    topic = models.ForeignKey(
        Topic,
        verbose_name=_("theme of their work"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    begun_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    forgotten_at = models.DateTimeField(
        null=True, blank=True, help_text="When the values of its rows were forgotten."
    )

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "read",
                        "mapped",
                        "checking",
                        "checked",
                        "importing",
                        "done",
                        "undoing",
                        "undone",
                    ]
                ),
                name="import_state_known",
            ),
            models.CheckConstraint(
                condition=Q(basis__in=["", "interest", "contract", "consent"]),
                name="import_basis_known",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True)
                | Q(begun_at__isnull=False, done_at__gte=F("begun_at")),
                name="import_done_after_it_began",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "undoing", "undone"]) | Q(done_at__isnull=False),
                name="import_done_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_at_work(self) -> bool:
        """Whether a job goes on with it."""
        return self.state in {self.State.CHECKING, self.State.IMPORTING, self.State.UNDOING}


class ImportRowQuerySet(models.QuerySet["ImportRow"]):
    """Reads of an import's rows."""

    def left_out(self) -> "ImportRowQuerySet":
        """Those that are not brought in, or will not be."""
        return self.filter(verdict=ImportRow.Verdict.LEFT_OUT)

    def noted(self) -> "ImportRowQuerySet":
        """The others that have something to tell."""
        return self.exclude(verdict=ImportRow.Verdict.LEFT_OUT).exclude(problems=[])


class ImportRow(models.Model):
    """A row of the file, and what became of it.

    Of whoever was erased nothing is kept from the start, of who objects or has had the processing restricted nothing
    after the trial; whatever else is wrong with the row.

    `emails` are the addresses found in its cells, in lower case; the one the row is about comes first. `made` and
    `filled` are what undoing needs: the keys of rows made with how they were (`importing.marks`), and
    [model, key, column, before, after] of blanks filled.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("waiting")
        CHECKED = "checked", _("tried")
        DONE = "done", _("done")
        UNDONE = "undone", _("taken back")
        STAYS = "stays", _("stays: it was changed since")

    class Verdict(models.TextChoices):
        """What it is to the register."""

        NEW = "new", _("new")
        KNOWN = "known", _("known already")
        LEFT_OUT = "left_out", _("left out")

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    no = models.PositiveIntegerField(help_text="As a spreadsheet numbers it.")
    values = ArrayField(models.TextField(blank=True), default=list)
    emails = ArrayField(models.CharField(max_length=254), default=list)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True)
    problems = models.JSONField(default=list, blank=True)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="import_rows"
    )
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="import_rows"
    )
    parent = models.CharField(
        max_length=200, blank=True, help_text="The parent organisation that is still to be found."
    )
    basis = models.CharField(max_length=8, choices=Basis.choices, blank=True)
    proof = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=120, blank=True)
    made = models.JSONField(default=dict, blank=True)
    filled = models.JSONField(default=list, blank=True)

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        constraints = [
            models.UniqueConstraint(fields=["imported", "no"], name="import_row_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "checked", "done", "undone", "stays"]),
                name="import_row_state_known",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["", "new", "known", "left_out"]),
                name="import_row_verdict_known",
            ),
            models.CheckConstraint(
                condition=Q(basis__in=["", "interest", "contract", "consent"]),
                name="import_row_basis_known",
            ),
            models.CheckConstraint(
                condition=~Q(basis="consent") | ~Q(proof=""), name="import_row_consent_has_proof"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | ~Q(verdict=""), name="import_row_done_with_a_verdict"
            ),
        ]
        indexes = [
            models.Index(fields=["imported", "state", "no"], name="import_row_to_do"),
            models.Index(
                fields=["imported", "no"], condition=~Q(parent=""), name="import_row_seeks_parent"
            ),
            GinIndex(fields=["emails"], name="import_row_emails", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"{self.imported_id} · {self.no}"


class ImportMapping(models.Model):
    """What the columns of a file were said to mean, for the next file with the same headings.

    `signature` is the headings' digest (`importing.headings`), `columns` the field of each folded heading.
    """

    signature = models.CharField(max_length=64, unique=True)
    columns = models.JSONField(default=dict)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    used_at = models.DateTimeField(db_default=PortalNow())

    class Meta:
        verbose_name = _("meaning of columns")
        verbose_name_plural = _("meanings of columns")

    def __str__(self) -> str:
        return self.signature


class Export(models.Model):
    """Who took which customers out as a file; written before the first byte leaves, never changed."""

    sheet = models.CharField(max_length=40)
    form = models.CharField(max_length=5)
    filters = models.JSONField(default=dict, blank=True)
    rows = models.PositiveIntegerField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_default=PortalNow(), editable=False)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(form__in=["csv", "plain", "xlsx"]), name="export_form_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} · {self.at:%Y-%m-%d}"
