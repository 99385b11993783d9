"""Organisations, the people in them, what happens with them, what is to be done, and who answers for them."""

from crm.models.contacts import Affiliation, ContactPerson, ContactPhone, Situation
from crm.models.filings import Filing
from crm.models.looks import Look
from crm.models.named import Absence, ContactRule, NamedContact
from crm.models.organisations import (
    Organisation,
    OrganisationAddress,
    OrganisationDomain,
    OrganisationName,
    OrganisationQuerySet,
)
from crm.models.tasks import Task
from crm.models.timeline import Attachment, Encounter

__all__ = [
    "Absence",
    "Affiliation",
    "Attachment",
    "ContactPerson",
    "ContactPhone",
    "ContactRule",
    "Encounter",
    "Filing",
    "Look",
    "NamedContact",
    "Organisation",
    "OrganisationAddress",
    "OrganisationDomain",
    "OrganisationName",
    "OrganisationQuerySet",
    "Situation",
    "Task",
]
