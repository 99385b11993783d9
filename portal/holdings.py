"""What Django's own tables hold on a person, and which tables have no model (docs/privacy.md)."""

from collections.abc import Iterator

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils.translation import gettext_noop as _
from pghistory.models import Context

from consent.privacy import (
    Erased,
    Holding,
    Subject,
    Table,
    holdings,
    impersonal,
    of,
    personal,
    technical,
)


def sessions_of(subject: Subject) -> Q:
    """Sessions in which the person is signed in, or an address of theirs was typed; all are opened and read."""
    return Q(pk__in=list(_keys(subject)))


def _keys(subject: Subject) -> Iterator[str]:
    users = {str(key) for key in subject.users}
    for session in Session.objects.iterator():
        content = session.get_decoded()
        typed = str(content).lower()
        if content.get("_auth_user_id") in users or any(each in typed for each in subject.emails):
            yield session.pk


def log_entries_of(subject: Subject) -> Q:
    """What the person did in /admin/, and what was done there to their rows, whose text names them."""
    return about(subject) | Q(user__in=subject.users)


def about(subject: Subject) -> Q:
    """What was done in /admin/ to the person's rows; an entry on somebody else's says nothing of who did it."""
    found = Q(pk__in=[])
    for holding in holdings:
        if holding.whose is not None and holding.model not in (LogEntry, Session):
            keys = [str(key) for key in holding.rows(subject).values_list("pk", flat=True)]
            kind = ContentType.objects.get_for_model(holding.model)
            found |= Q(content_type=kind, object_id__in=keys)
    return found


HOLDINGS = [
    Holding(
        "portal.sessions",
        Session,
        _("staying signed in; what was typed until the code comes"),
        [
            personal("session_key", "session_data", withheld=_("whoever has it is signed in")),
            personal("expire_date"),
        ],
        title=_("sign-in sessions"),
        whose=sessions_of,
        erased=Erased.DELETED,
        until=_("seven days"),
    ),
    Holding(
        "portal.log",
        LogEntry,
        _("who changed what in /admin/"),
        [
            personal("id", "action_time", "content_type", "object_id", "action_flag"),
            personal("user", shown=of(user="user")),  # who did it to their rows is somebody else
            personal("object_repr", "change_message", shown=about),
        ],
        source=_("made when staff change something"),
        whose=log_entries_of,
        erased=Erased.DELETED,
        until=_("as long as the person is known"),
    ),
    *(
        Holding(
            f"portal.{name}",
            model,
            "Django’s own, not used by the portal",
            [technical(*keys), impersonal(*texts, because="made by the program")],
        )
        for name, model, keys, texts in (
            ("groups", Group, ["id"], ["name"]),
            ("group_permissions", Group.permissions.through, ["id", "group", "permission"], []),
            ("permissions", Permission, ["id", "content_type"], ["name", "codename"]),
            ("content_types", ContentType, ["id"], ["app_label", "model"]),
        )
    ),
    Holding(
        "portal.contexts",
        Context,
        "the audit library’s own, not used by the portal: a change names its author itself",
        [
            technical("id", "created_at", "updated_at"),
            impersonal("metadata", because="nothing writes it"),
        ],
    ),
]
TABLES = [Table("django_migrations", "names of the migrations that were run")]
