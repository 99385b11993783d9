"""What of the customer register is audited: all of it, edits of encounters too."""

from django.db.models import Model

from accounts.audit import track
from accounts.roles import Permission
from crm.models import (
    Absence,
    Affiliation,
    Attachment,
    ContactPerson,
    ContactPhone,
    ContactRule,
    Encounter,
    Filing,
    NamedContact,
    Organisation,
    OrganisationAddress,
    OrganisationDomain,
    OrganisationName,
    Situation,
    Task,
)

SHARED: tuple[type[Model], ...] = (
    Organisation,
    OrganisationName,
    OrganisationDomain,
    OrganisationAddress,
    ContactPerson,
    ContactPhone,
    Affiliation,
    Situation,
    Task,
    NamedContact,
    Absence,
    Filing,
)
for model in SHARED:
    track(model, needed=Permission.SEE_CUSTOMERS)
track(ContactRule, within="institution", needed=Permission.SEE_CUSTOMERS)
track(Encounter, needed=Permission.SEE_SENSITIVE_NOTES)  # it may be a sensitive note
track(Attachment, needed=Permission.SEE_SENSITIVE_NOTES)
