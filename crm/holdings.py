"""What crm holds on a person: declared for every model and column (docs/privacy.md)."""

from django.utils.translation import gettext_noop as _

from consent.privacy import Erased, Holding, impersonal, link, of, personal, technical
from crm import leaving
from crm.models import (
    Absence,
    Affiliation,
    Attachment,
    ContactPerson,
    ContactPhone,
    ContactRule,
    Encounter,
    NamedContact,
    Organisation,
    OrganisationAddress,
    OrganisationDomain,
    OrganisationName,
    Situation,
    Task,
)

WHILE_KNOWN = _("as long as the person is known")
STAFF_NAME = _("names a member of staff")
AN_ORGANISATIONS = "an organisation’s, not a person’s"

ORGANISATIONS = [
    Holding(
        "crm.organisations",
        Organisation,
        "the customer",
        [
            technical("id", "business_id", "industry", "size", "parent", "owner"),
            technical("version", "created_at"),
            impersonal("name", "website", because=AN_ORGANISATIONS),
            impersonal("einvoice_address", "einvoice_operator", because=AN_ORGANISATIONS),
            impersonal("source", because="where the organisation is known from"),
        ],
    ),
    Holding(
        "crm.organisation_names",
        OrganisationName,
        "finding the customer by every name it has",
        [technical("id", "organisation", "kind"), impersonal("name", because=AN_ORGANISATIONS)],
    ),
    Holding(
        "crm.organisation_domains",
        OrganisationDomain,
        "knowing whose people write",
        [technical("id", "organisation"), impersonal("domain", because=AN_ORGANISATIONS)],
    ),
    Holding(
        "crm.organisation_addresses",
        OrganisationAddress,
        "visiting and invoicing the customer",
        [
            technical("id", "organisation", "kind", "country"),
            impersonal("street", "postcode", "city", because=AN_ORGANISATIONS),
        ],
    ),
]

PEOPLE = [
    Holding(
        "crm.contacts",
        ContactPerson,
        _("knowing the people of our customers"),
        [
            personal("person", "title", "languages", "source", "informed_at", "created_at"),
            personal("version"),
        ],
        source=_("the person, their organisation, or our staff"),
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "crm.phones",
        ContactPhone,
        _("reaching the person by phone"),
        [personal("id", "contact", "number", "kind", "is_primary")],
        source=_("the person, their organisation, or our staff"),
        whose=of(person="contact__person"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "crm.affiliations",
        Affiliation,
        _("what the person may do for the organisation"),
        [
            personal("id", "person", "organisation", "title", "rights", "decision_power"),
            personal("is_primary", "since", "until"),
        ],
        source=_("the organisation’s administrator, or our staff"),
        recipients=_("the organisation’s administrators"),
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "crm.situations",
        Situation,
        _("offering what fits the person’s or the organisation’s situation"),
        [
            personal("id", "person", "organisation", "kind", "text", "since", "until", "source"),
            personal("created_at"),
            link("by", of(user="by"), withheld=STAFF_NAME),
        ],
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
]

WORK = [
    Holding(
        "crm.encounters",
        Encounter,
        _("what has happened between the customer and us"),
        [
            personal("id", "kind", "person", "organisation", "channel", "text", "visibility"),
            personal("data", "at", "recorded_at", "version"),
            link("by", of(user="by"), withheld=STAFF_NAME),
        ],
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "crm.attachments",
        Attachment,
        _("files that belong to what has happened"),
        [
            personal("id", "encounter", "file", "name", "kind", "size", "digest", "created_at"),
            link("by", of(user="by"), withheld=STAFF_NAME),
        ],
        whose=of(person="encounter__person"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "crm.tasks",
        Task,
        _("keeping what we have promised the customer"),
        [
            personal("id", "kind", "what", "person", "organisation", "encounter", "due_at"),
            personal("created_at", "done_at", "escalated_at", "version"),
            link("assignee", of(user="assignee"), withheld=STAFF_NAME),
            link("created_by", of(user="created_by"), withheld=STAFF_NAME),
            link("done_by", of(user="done_by"), withheld=STAFF_NAME),
        ],
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
]


STAFF = [
    Holding(
        "crm.named_contacts",
        NamedContact,
        _("who of our staff answers for the customer"),
        [
            personal("id", "person", "organisation", "user", "chosen", "since", "until"),
            link("by", of(user="by"), withheld=STAFF_NAME),
        ],
        whose=of(person="person", user="user"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
        before=leaving.before_erasure,
    ),
    Holding(
        "crm.contact_rules",
        ContactRule,
        _("choosing who of our staff answers for a customer"),
        [personal("id", "institution", "topic", "user", "share")],
        whose=of(user="user"),
        erased=Erased.DELETED,
        until=_("as long as the member of staff has the task"),
    ),
    Holding(
        "crm.absences",
        Absence,
        _("who answers while a member of staff is away"),
        [personal("id", "user", "since", "until", "deputy")],
        whose=of(user="user"),
        erased=Erased.DELETED,
        until=_("as long as the member of staff works with us"),
    ),
]
