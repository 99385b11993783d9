"""What crm holds on a person: declared for every model and column (docs/privacy.md)."""

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from consent.privacy import Erased, Holding, Subject, impersonal, link, of, personal, technical
from crm import leaving
from crm.models import (
    Absence,
    Affiliation,
    Attachment,
    ContactPerson,
    ContactPhone,
    ContactRule,
    Duplicate,
    DuplicateScan,
    Encounter,
    Export,
    Filing,
    Import,
    ImportMapping,
    ImportRow,
    Look,
    Merge,
    NamedContact,
    Organisation,
    OrganisationAddress,
    OrganisationAlias,
    OrganisationDomain,
    OrganisationName,
    Situation,
    Task,
)


def named_in_file(subject: Subject) -> Q:
    """Rows that came to the person, and rows of any file in which one of their addresses stands."""
    return of(person="person")(subject) | Q(emails__overlap=list(subject.emails))


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
            personal("person", "title", "languages", "source", "basis", "from_others_at"),
            personal("informed_at", "created_at", "version"),
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

LOOKS = [
    Holding(
        "crm.filings",
        Filing,
        _("what became of the mail, and who of our staff filed it"),
        [
            personal("mail", "outcome", "task", "at"),
            link("by", of(user="by"), withheld=STAFF_NAME),
        ],
        whose=of(person="mail__person", email="mail__sender"),
        erased=Erased.DELETED,
        until=_("as long as the mail"),
    ),
    Holding(
        "crm.looks",
        Look,
        _("showing who has looked at the person’s data"),
        [
            personal("id", "person", "role", "institution", "page", "at"),
            link("by", of(user="by"), withheld=STAFF_NAME),
        ],
        source=_("made when staff open a page on the person"),
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=_("a year"),
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


FILES = [
    Holding(
        "crm.imports",
        Import,
        "bringing customers in from a file, and taking them back",
        [
            technical("id", "state", "institution", "basis", "topic"),
            technical("created_at", "begun_at", "done_at", "undone_at", "forgotten_at"),
            impersonal("file_name", "encoding", "headings", "columns", because="tells of a file"),
            impersonal("proof", "source", because="tells where a whole file is from"),
            link("by", of(user="by"), withheld=STAFF_NAME),
        ],
    ),
    Holding(
        "crm.import_rows",
        ImportRow,
        _("to correct or take back what a file brought in, and to show on what ground it was"),
        [
            personal("id", "imported", "no", "values", "emails", "state", "verdict", "problems"),
            personal("organisation", "person", "parent", "basis", "proof", "source"),
            personal("made", "filled"),
        ],
        title=_("files in which you were named"),
        source=_("the file’s source, named in each row"),
        whose=named_in_file,
        erased=Erased.DELETED,
        until=_(
            "what the row says, 90 days; where it was from and on what ground, as long as the person is known"
        ),
    ),
    Holding(
        "crm.import_mappings",
        ImportMapping,
        "knowing what the columns of a file mean when the next one comes",
        [
            technical("id", "signature", "used_at"),
            impersonal("columns", because="headings of a file"),
            link("by", of(user="by"), withheld=STAFF_NAME),
        ],
    ),
    Holding(
        "crm.exports",
        Export,
        "knowing who has taken customers out of the portal",
        [
            technical("id", "form", "rows", "at"),
            impersonal("sheet", "filters", because="names a list and its filters"),
            link("by", of(user="by"), withheld=STAFF_NAME),
        ],
    ),
]


DUPLICATES = [
    Holding(
        "crm.duplicates",
        Duplicate,
        _("having each customer in the register once"),
        [
            personal("id", "left_person", "right_person", "left_organisation"),
            personal("right_organisation", "score", "reasons", "found_at"),
            personal("verdict", "verdict_at"),
            link("verdict_by", of(user="verdict_by"), withheld=STAFF_NAME),
        ],
        source=_("made from what is in the register"),
        whose=lambda subject: (
            Q(left_person__in=subject.people) | Q(right_person__in=subject.people)
        ),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "crm.merges",
        Merge,
        _("undoing a merge of two entries"),
        [
            personal("id", "person", "organisation", "absorbed", "at", "undone_at", "emptied_at"),
            personal("image", "moved"),
            link("by", of(user="by"), withheld=STAFF_NAME),
            link("undone_by", of(user="undone_by"), withheld=STAFF_NAME),
        ],
        source=_("made when staff merge two entries"),
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=_("that there was one, as long as the person is known; how it was before, 30 days"),
    ),
    Holding(
        "crm.duplicate_scans",
        DuplicateScan,
        "how far the search for duplicates has come",
        [
            technical("id", "kind", "after", "seen", "found", "started_at", "finished_at"),
            impersonal("after_domain", because="a domain, and how far the search has come"),
        ],
    ),
    Holding(
        "crm.organisation_aliases",
        OrganisationAlias,
        "finding the organisation under a former entry",
        [technical("organisation", "kept", "business_id", "at")],
    ),
]
