"""Organisations, the people in them, what happens with them, what is to be done, and who answers for them."""

from crm.models.contacts import Affiliation, ContactPerson, ContactPhone, Situation
from crm.models.duplicates import Duplicate, DuplicateScan, Merge
from crm.models.filings import Filing
from crm.models.imports import Basis, Export, Import, ImportMapping, ImportRow
from crm.models.looks import Look
from crm.models.named import Absence, ContactRule, NamedContact
from crm.models.organisations import (
    Organisation,
    OrganisationAddress,
    OrganisationAlias,
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
    "Basis",
    "ContactPerson",
    "ContactPhone",
    "ContactRule",
    "Duplicate",
    "DuplicateScan",
    "Encounter",
    "Export",
    "Filing",
    "Import",
    "ImportMapping",
    "ImportRow",
    "Look",
    "Merge",
    "NamedContact",
    "Organisation",
    "OrganisationAddress",
    "OrganisationAlias",
    "OrganisationDomain",
    "OrganisationName",
    "OrganisationQuerySet",
    "Situation",
    "Task",
]
