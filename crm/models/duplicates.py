"""Entries that may be of the same customer, and the merges of those that were (C1.4)."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.days import PortalNow
from consent.models import Alias, Person
from consent.models.people import visible_to
from crm.models.organisations import Organisation, OrganisationAlias


class DuplicateQuerySet(models.QuerySet["Duplicate"]):
    """Reads of likely duplicates."""

    def visible_to(self, user: User) -> "DuplicateQuerySet":
        """Those of whom neither has had the processing restricted (GDPR Art. 18), but for who handles such people."""
        return self.filter(visible_to(user, "left_person"), visible_to(user, "right_person"))

    def people(self) -> "DuplicateQuerySet":
        """Pairs of people."""
        return self.filter(left_person__isnull=False)

    def organisations(self) -> "DuplicateQuerySet":
        """Pairs of organisations."""
        return self.filter(left_organisation__isnull=False)

    def open(self) -> "DuplicateQuerySet":
        """Those nobody has decided on, the likeliest first."""
        return self.filter(verdict="").order_by("-score", "pk")

    def standing(self) -> "DuplicateQuerySet":
        """Those of which neither is an alias by now."""
        people = Alias.objects.filter(person=OuterRef("left_person")) | Alias.objects.filter(
            person=OuterRef("right_person")
        )
        bodies = OrganisationAlias.objects.filter(
            organisation=OuterRef("left_organisation")
        ) | OrganisationAlias.objects.filter(organisation=OuterRef("right_organisation"))
        return self.filter(~Exists(people), ~Exists(bodies))

    def with_ends(self) -> "DuplicateQuerySet":
        """With both, the people's addresses, and who decided."""
        return self.select_related(
            "left_person", "right_person", "left_organisation", "right_organisation", "verdict_by"
        ).prefetch_related("left_person__addresses", "right_person__addresses")

    def of_person(self, key: int) -> "DuplicateQuerySet":
        """The pairs this person is in."""
        return self.filter(Q(left_person=key) | Q(right_person=key))

    def of_organisation(self, key: int) -> "DuplicateQuerySet":
        """The pairs this organisation is in."""
        return self.filter(Q(left_organisation=key) | Q(right_organisation=key))


class Duplicate(models.Model):
    """Two people, or two organisations, that may be one; the smaller key is the left one.

    `score` is from 0 to 100, `reasons` are the names of the signs it is made of (`crm.likeness`). A verdict stays with
    the pair: those who were found to be two are not asked about again.
    """

    class Verdict(models.TextChoices):
        """What staff decided."""

        DISTINCT = "distinct", _("not duplicates")
        MERGED = "merged", _("merged")

    left_person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    right_person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    left_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    right_organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    score = models.PositiveSmallIntegerField(_("likeness"), help_text="From 0 to 100.")
    reasons = models.JSONField(default=list, blank=True)
    found_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True, db_default="")
    verdict_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    verdict_at = models.DateTimeField(null=True, blank=True)

    objects = DuplicateQuerySet.as_manager()

    class Meta:
        verbose_name = _("likely duplicate")
        verbose_name_plural = _("likely duplicates")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    left_person__lt=F("right_person"),
                    left_organisation__isnull=True,
                    right_organisation__isnull=True,
                )
                | Q(
                    left_organisation__lt=F("right_organisation"),
                    left_person__isnull=True,
                    right_person__isnull=True,
                ),
                name="duplicate_of_two_in_order",
            ),
            models.UniqueConstraint(
                fields=["left_person", "right_person"], name="duplicate_people_once"
            ),
            models.UniqueConstraint(
                fields=["left_organisation", "right_organisation"],
                name="duplicate_organisations_once",
            ),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=100), name="duplicate_score_in_range"
            ),
            models.CheckConstraint(
                condition=Q(verdict="", verdict_at__isnull=True, verdict_by__isnull=True)
                | Q(verdict__in=["distinct", "merged"], verdict_at__isnull=False),
                name="duplicate_decided_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                F("score").desc(), F("id"), condition=Q(verdict=""), name="duplicate_queue"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.left_key} · {self.right_key} ({self.score})"

    @property
    def kind(self) -> str:
        """`person` or `organisation`."""
        return "person" if self.left_person_id is not None else "organisation"

    @property
    def left(self) -> Person | Organisation:
        """The older of the two."""
        found = self.left_person or self.left_organisation
        assert found is not None  # noqa: S101  the table's constraint
        return found

    @property
    def right(self) -> Person | Organisation:
        """The newer of the two."""
        found = self.right_person or self.right_organisation
        assert found is not None  # noqa: S101  the table's constraint
        return found

    @property
    def left_key(self) -> int | None:
        return self.left_person_id or self.left_organisation_id

    @property
    def right_key(self) -> int | None:
        return self.right_person_id or self.right_organisation_id


class DuplicateScan(models.Model):
    """A search through the whole register, in slices: `after` is the last key that was looked at.

    People are gone through twice: by their keys, and by the domains of their addresses (`after_domain`).
    """

    class Kind(models.TextChoices):
        """What is looked through."""

        PEOPLE = "people", _("people")
        DOMAINS = "domains", _("people by the domains of their addresses")
        ORGANISATIONS = "organisations", _("organisations")

    kind = models.CharField(max_length=13, choices=Kind.choices)
    after = models.BigIntegerField(default=0, db_default=0)
    after_domain = models.CharField(max_length=254, blank=True, db_default="")
    seen = models.PositiveIntegerField(default=0, db_default=0)
    found = models.PositiveIntegerField(default=0, db_default=0)
    started_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("search for duplicates")
        verbose_name_plural = _("searches for duplicates")
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(finished_at__isnull=True), name="duplicate_scan_one"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["people", "domains", "organisations"]),
                name="duplicate_scan_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d}"


class MergeQuerySet(models.QuerySet["Merge"]):
    """Reads of merges."""

    def visible_to(self, user: User) -> "MergeQuerySet":
        """Those whose kept one has not had the processing restricted, but for who handles such people."""
        return self.filter(visible_to(user))

    def undoable(self) -> "MergeQuerySet":
        """Those that can be undone, by the database's clock; the newest first."""
        found = self.filter(undone_at__isnull=True, at__gt=PortalNow() - Merge.UNDOABLE_FOR)
        return found.order_by("-at", "-pk")

    def with_who(self) -> "MergeQuerySet":
        """With the kept one, and who did what."""
        return self.select_related("person", "organisation", "by", "undone_by").prefetch_related(
            "person__addresses"
        )

    def spent(self) -> "MergeQuerySet":
        """Those whose image is of no more use."""
        late = Q(at__lte=PortalNow() - Merge.UNDOABLE_FOR) | Q(undone_at__isnull=False)
        return self.filter(late, emptied_at__isnull=True)


class Merge(models.Model):
    """Two entries made one: whose rows went where, and how everything was, for undoing it within UNDOABLE_FOR.

    `person` or `organisation` is the one that was kept, or whoever that turned out to be later; `absorbed` is the key of
    the other. `image` has what was changed as it was before, `moved` the keys of the rows that went over, by rule; both
    are emptied when nothing can be undone any more.
    """

    UNDOABLE_FOR = timedelta(days=30)

    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="merges"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="merges"
    )
    absorbed = models.BigIntegerField()
    image = models.JSONField(default=dict, blank=True)
    moved = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(db_default=PortalNow(), editable=False)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    emptied_at = models.DateTimeField(null=True, blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, organisation__isnull=True)
                | Q(person__isnull=True, organisation__isnull=False),
                name="merge_of_one_kind",
            ),
            models.UniqueConstraint(
                fields=["absorbed"],
                condition=Q(person__isnull=False, undone_at__isnull=True),
                name="merge_of_a_person_once",
            ),
            models.UniqueConstraint(
                fields=["absorbed"],
                condition=Q(organisation__isnull=False, undone_at__isnull=True),
                name="merge_of_an_organisation_once",
            ),
            models.CheckConstraint(
                condition=Q(undone_by__isnull=True) | Q(undone_at__isnull=False),
                name="merge_undone_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(emptied_at__isnull=True) | Q(image={}, moved={}),
                name="merge_forgets_how_it_was",
            ),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="merge_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.absorbed} → {self.person_id or self.organisation_id}"

    @property
    def kind(self) -> str:
        """`person` or `organisation`."""
        return "person" if self.person_id is not None else "organisation"

    @property
    def customer(self) -> Person | Organisation:
        """The one that was kept, or whoever it turned out to be since."""
        found = self.person or self.organisation
        assert found is not None  # noqa: S101  the table's constraint
        return found

    @property
    def undoable_until(self) -> datetime:
        return self.at + self.UNDOABLE_FOR
