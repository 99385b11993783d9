"""The way from a record to its changes, for staff who may see them: `{% load audit %}{% audit_link record %}`."""

from typing import Any

from django import template
from django.db.models import Model
from django.template import Context

from accounts.audit import audited
from accounts.models import User

register = template.Library()


@register.inclusion_tag("portal/_audit_link.html", takes_context=True)
def audit_link(context: Context, record: Model, called: object = "") -> dict[str, Any]:
    """A link to who changed the record; nothing for those who may not see the audit, or where none is kept.

    `called` names the record to those who do not see where on the page the link stands.
    """
    reader, name = context["user"], record._meta.label_lower  # noqa: SLF001  Django's documented API
    may = isinstance(reader, User) and name in audited and audited[name].may_be_seen_by(reader)
    return {"model": name if may else "", "pk": record.pk, "called": called}
