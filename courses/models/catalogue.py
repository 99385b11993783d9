"""Courses and what they are described by: themes, trainers, venues (A1, A2)."""

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import TrigramSimilarity
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, User
from accounts.roles import Permission
from common.days import PortalNow
from consent.models import Topic


class Theme(models.Model):
    """A topic's place in the catalogue: its thread in the weave and the order of the threads."""

    topic = models.OneToOneField(
        Topic, verbose_name=_("topic"), on_delete=models.PROTECT, related_name="theme"
    )
    thread = models.PositiveSmallIntegerField(
        _("thread"), help_text=_("Colour of the thread, 1 to 6.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    subjects = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("subject words"),
        default=list,
        blank=True,
        help_text=_("Subject words in imported feeds that belong to this theme."),
    )

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(thread__gte=1, thread__lte=6),
                name="theme_thread_has_a_colour",
                violation_error_message=_("The thread is a number from 1 to 6."),
            ),
        ]

    def __str__(self) -> str:
        return self.topic.name

    @property
    def slug(self) -> str:
        return self.topic.slug


class Venue(models.Model):
    """A place where people meet; without an institution it is shared by all."""

    slug = models.SlugField(_("name in addresses"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=200)
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="venues",
    )
    identifier = models.CharField(_("identifier in the feed"), max_length=255, blank=True)
    street = models.CharField(_("street address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    city = models.CharField(_("town"), max_length=100, blank=True)
    directions = models.TextField(_("directions"), blank=True)
    directions_fi: str | None
    directions_sv: str | None
    directions_en: str | None
    is_shared = models.BooleanField(
        _("several groups meet here"),
        default=False,
        help_text=_("A whole building; two groups here at once are no clash."),
    )

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "identifier"],
                condition=~Q(identifier=""),
                name="venue_once_per_feed",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Trainer(models.Model):
    """Somebody who teaches; shown with the courses they teach."""

    slug = models.SlugField(_("name in addresses"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=200)
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="trainers",
    )
    user = models.OneToOneField(
        User,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="trainer",
    )
    title = models.CharField(_("job title"), max_length=120, blank=True)
    title_fi: str | None
    title_sv: str | None
    title_en: str | None
    bio = models.TextField(_("introduction"), blank=True)
    bio_fi: str | None
    bio_sv: str | None
    bio_en: str | None

    class Meta:
        verbose_name = _("trainer")
        verbose_name_plural = _("trainers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CourseQuerySet(models.QuerySet["Course"]):
    """Reads of courses."""

    def published(self) -> "CourseQuerySet":
        """Courses anyone may see."""
        return self.filter(published_at__lte=PortalNow(), withdrawn_at__isnull=True)

    def visible_to(self, user: User | AnonymousUser) -> "CourseQuerySet":
        """Published courses, and unpublished ones of the institutions whose offering the user may see."""
        if not isinstance(user, User):
            return self.published()
        seen = Institution.objects.staffed_by(user, Permission.SEE_OFFERING)
        return self.published() | self.filter(institution__in=seen)

    def editable_by(self, user: User) -> "CourseQuerySet":
        """Courses of the institutions whose offering the user edits (A1.6)."""
        return self.filter(
            institution__in=Institution.objects.staffed_by(user, Permission.EDIT_OFFERING)
        )

    def withdrawn(self) -> "CourseQuerySet":
        """Courses that were published and are so no longer."""
        return self.filter(published_at__lte=PortalNow(), withdrawn_at__isnull=False)

    def resembling(self, slug: str) -> "CourseQuerySet":
        """Courses whose address is like the one given, the most alike first."""
        alike = self.annotate(likeness=TrigramSimilarity("slug", slug[:200]))
        return alike.filter(likeness__gt=0.2).order_by("-likeness", "pk")

    def described(self) -> "CourseQuerySet":
        """Courses with all that their page says of them, but for their runs."""
        return self.select_related("contact", "institution__contact").prefetch_related(
            "co_institutions",
            models.Prefetch("themes", Theme.objects.select_related("topic")),
            models.Prefetch("trainers", Trainer.objects.select_related("institution")),
        )


class Course(models.Model):
    """Something one can learn, described once (schema.org Course); events are courses with another format."""

    class Format(models.TextChoices):
        """A course, or the kind of event."""

        COURSE = "course", _("course")
        WEBINAR = "webinar", _("webinar")
        SEMINAR = "seminar", _("seminar")
        WORKSHOP = "workshop", _("workshop")
        DEVELOPER_MEETING = "developer_meeting", _("developer meeting")
        SPARRING = "sparring", _("sparring")

    slug = models.SlugField(_("name in addresses"), max_length=200, unique=True)
    institution = models.ForeignKey(
        Institution, verbose_name=_("institution"), on_delete=models.PROTECT, related_name="courses"
    )
    co_institutions = models.ManyToManyField(
        Institution, verbose_name=_("with"), blank=True, related_name="co_courses"
    )
    identifier = models.CharField(_("identifier in the feed"), max_length=255, blank=True)
    source_url = models.URLField(_("page at the institution"), max_length=500, blank=True)
    format = models.CharField(
        _("format"), max_length=20, choices=Format.choices, default=Format.COURSE
    )
    themes = models.ManyToManyField(
        Theme, verbose_name=_("themes"), related_name="courses", blank=True
    )
    trainers = models.ManyToManyField(
        Trainer, verbose_name=_("trainers"), related_name="courses", blank=True
    )
    contact = models.ForeignKey(
        User,
        verbose_name=_("named contact"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    title = models.CharField(_("title"), max_length=300)
    title_fi: str | None
    title_sv: str | None
    title_en: str | None
    summary = models.TextField(_("summary"), blank=True)
    summary_fi: str | None
    summary_sv: str | None
    summary_en: str | None
    why = models.TextField(_("why"), blank=True)
    why_fi: str | None
    why_sv: str | None
    why_en: str | None
    what_and_how = models.TextField(_("what and how"), blank=True)
    what_and_how_fi: str | None
    what_and_how_sv: str | None
    what_and_how_en: str | None
    our_skill = models.TextField(_("our skill"), blank=True)
    our_skill_fi: str | None
    our_skill_sv: str | None
    our_skill_en: str | None
    outcomes = models.TextField(_("learning outcomes"), blank=True, help_text=_("One per line."))
    outcomes_fi: str | None
    outcomes_sv: str | None
    outcomes_en: str | None
    prerequisites = models.TextField(_("prerequisites"), blank=True)
    prerequisites_fi: str | None
    prerequisites_sv: str | None
    prerequisites_en: str | None
    audience = models.TextField(_("for whom"), blank=True)
    audience_fi: str | None
    audience_sv: str | None
    audience_en: str | None
    eqf_level = models.PositiveSmallIntegerField(_("EQF level"), null=True, blank=True)
    credits = models.DecimalField(
        _("credits (ECTS)"), max_digits=5, decimal_places=1, null=True, blank=True
    )
    hours = models.PositiveIntegerField(_("hours of work"), null=True, blank=True)
    keywords = ArrayField(
        models.CharField(max_length=200), verbose_name=_("keywords"), default=list, blank=True
    )
    subjects = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("subject words"),
        default=list,
        blank=True,
        help_text=_("Subject words in the feed."),
    )
    unmapped = models.JSONField(
        _("kept from the feed"),
        default=dict,
        blank=True,
        help_text=_("What the feed says and the catalogue has no field for."),
    )
    feed_digest = models.CharField(
        max_length=32,
        blank=True,
        editable=False,
        help_text="Of the feed's entry as last imported; empty when no feed has the course now.",
    )
    image = models.ImageField(_("image"), upload_to="courses/", blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    created_at = models.DateTimeField(db_default=PortalNow(), editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "identifier"],
                condition=~Q(identifier=""),
                name="course_once_per_feed",
            ),
            models.CheckConstraint(
                condition=Q(eqf_level__isnull=True) | Q(eqf_level__gte=1, eqf_level__lte=8),
                name="course_eqf_level_1_to_8",
                violation_error_message=_("The EQF level is a number from 1 to 8."),
            ),
            models.CheckConstraint(
                condition=Q(credits__isnull=True) | Q(credits__gte=0),
                name="course_credits_not_negative",
                violation_error_message=_("Credits cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:course_detail", args=[self.slug])
