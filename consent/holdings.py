"""The declarations of accounts and consent: what is held, why, how long, and what erasing does (docs/privacy.md)."""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.db.models import Q
from django.utils.translation import gettext_noop as _

from accounts.models import Institution, StaffRole, User
from consent import suppression
from consent.models import (
    Address,
    Alias,
    Chain,
    ChainOwner,
    Checkpoint,
    Event,
    Evidence,
    Person,
    Preference,
    State,
    SubjectRequest,
    Suppression,
    Topic,
    Verification,
    Wording,
)
from consent.privacy import (
    Erased,
    Holding,
    Subject,
    emptied,
    impersonal,
    link,
    of,
    personal,
    technical,
)

WHILE_KNOWN = _("as long as the person is known")
PROOF = _("three years after the permission has ended")


def nowhere(key: int) -> str:
    """An address that reaches nobody, for a row whose key must stay (RFC 2606)."""
    return f"erased-{key}@erased.invalid"


ACCOUNTS = [
    Holding(
        "accounts.users",
        User,
        _("signing in, and the named contact shown to customers"),
        [
            technical("id"),
            emptied("email", nowhere),
            emptied("name", ""),
            emptied("language", "fi"),
            emptied("title", ""),
            *(emptied(f"title_{code}", None) for code in ("fi", "sv", "en")),
            *(emptied(f"hours_{code}", None) for code in ("fi", "sv", "en")),
            emptied("hours", ""),
            emptied("phone", ""),
            emptied("picture", ""),
            emptied("password", "!", withheld=_("a hash, of use to a thief alone")),
            emptied("last_login", None),
            emptied("is_active", to=False),
            emptied("is_staff", to=False),
            emptied("is_superuser", to=False),
            emptied("sessions_since", None),
            personal("date_joined"),
        ],
        whose=of(user="pk"),
        erased=Erased.EMPTIED,
        until=_("as long as the person is known; a code never used, seven days"),
    ),
    Holding(
        "accounts.groups",
        User.groups.through,
        _("Django’s groups, not used by the portal"),
        [personal("id", "user", "group")],
        title=_("Django’s groups"),
        whose=of(user="user"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "accounts.permissions",
        User.user_permissions.through,
        _("Django’s own permissions, not used by the portal"),
        [personal("id", "user", "permission")],
        title=_("Django’s permissions"),
        whose=of(user="user"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "accounts.roles",
        StaffRole,
        _("what staff may do"),
        [personal("id", "user", "institution", "role", "since")],
        whose=of(user="user"),
        erased=Erased.DELETED,
        until=_("as long as the role is held"),
    ),
    Holding(
        "accounts.factors",
        Authenticator,
        _("second factors of signing in"),
        [
            personal("id", "user", "type", "created_at", "last_used_at"),
            personal("data", withheld=_("secrets, of use to a thief alone")),
        ],
        title=_("second factors"),
        whose=of(user="user"),
        erased=Erased.DELETED,
        until=_("as long as the factor is in use"),
    ),
    Holding(
        "accounts.provider_accounts",
        SocialAccount,
        _("signing in through another institution"),
        [
            personal("id", "user", "provider", "uid", "last_login", "date_joined"),
            personal("extra_data", withheld=_("empty: what the institution tells is not kept")),
        ],
        title=_("sign-in through another institution"),
        source=_("the other institution, when the person signs in through it"),
        whose=of(user="user"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "accounts.provider_tokens",
        SocialToken,
        _("keys to another institution’s services; the portal keeps none"),
        [
            personal("id", "app", "account", "expires_at"),
            personal("token", "token_secret", withheld=_("secrets, of use to a thief alone")),
        ],
        title=_("keys to another institution’s services"),
        whose=of(user="account__user"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "accounts.providers",
        SocialApp,
        "sign-ins of other institutions; they are configured outside the database, so there are none",
        [
            technical("id"),
            impersonal(
                *("provider", "provider_id", "client_id", "name", "secret", "key", "settings"),
                because="an institution’s",
            ),
        ],
    ),
    Holding(
        "accounts.addresses",
        EmailAddress,
        _("which addresses of a user are proven"),
        [personal("id", "user", "email", "verified", "primary")],
        whose=of(user="user"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "accounts.confirmations",
        EmailConfirmation,
        _("links that prove an address; the portal uses codes, so there are none"),
        [
            personal("id", "email_address", "created", "sent"),
            personal("key", withheld=_("whoever has it proves the address")),
        ],
        whose=of(user="email_address__user"),
        erased=Erased.DELETED,
        until=_("three days"),
    ),
    Holding(
        "accounts.institutions",
        Institution,
        _("the named contact shown to customers"),
        [
            technical("id", "slug", "business_id"),
            impersonal(
                "identifier",
                "name",
                "name_fi",
                "name_sv",
                "name_en",
                "short_name",
                because="an institution’s",
            ),
            impersonal("logo", "url", "phone", because="an institution’s, shown to everyone"),
            link("email", of(email="email"), to=""),
            link("contact", of(user="contact")),
        ],
        until=_("as long as the person is the contact"),
    ),
]

PEOPLE = [
    Holding(
        "consent.people",
        Person,
        _("the one row that enrolments, messages and permissions hang on"),
        [
            technical("id"),
            personal("kind", "created_at"),
            emptied("user", None),
            emptied("name", ""),
            emptied("language", "fi"),
        ],
        title=_("your details"),
        source=_("the person, or who arranged their training or entered their address"),
        whose=of(person="pk"),
        erased=Erased.EMPTIED,
        until=_("as long as the person is known; known by an unused code alone, seven days"),
    ),
    Holding(
        "consent.aliases",
        Alias,
        _(
            "finding the person under a former entry, after two entries turned out to be one person’s"
        ),
        [personal("person", "kept", "at")],
        source=_("made when staff merge two entries"),
        whose=lambda subject: Q(person__in=subject.people) | Q(kept__in=subject.people),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "consent.addresses",
        Address,
        _("reaching the person"),
        [
            personal("id", "person", "email", "is_primary", "created_at"),
            personal("closed_at", "closed_because", "reopened_at"),
        ],
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "consent.preferences",
        Preference,
        _("how often the person wants what they permit"),
        [personal("id", "person", "purpose", "frequency", "paused_until")],
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=WHILE_KNOWN,
    ),
    Holding(
        "consent.topics",
        Topic,
        "what messages and courses are about",
        [
            technical("id", "slug"),
            impersonal("name", "name_fi", "name_sv", "name_en", because="names a subject"),
        ],
    ),
]

LEDGER = [
    Holding(
        "consent.owners",
        ChainOwner,
        _("whose permissions a chain of the ledger holds; deleting it makes the chain nobody’s"),
        [personal("id", "chain", "person")],
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=PROOF,
    ),
    Holding(
        "consent.evidence",
        Evidence,
        _("shows that the person did it; can be deleted without breaking the proof"),
        [
            personal("event", "address", "ip", "user_agent", "note"),
            personal("salt", withheld=_("binds the evidence to its event, and means nothing")),
        ],
        whose=of(person="event__chain__owner__person"),
        erased=Erased.DELETED,
        until=PROOF,
    ),
    Holding(
        "consent.state",
        State,
        _("the last word in each scope"),
        [
            personal(
                "id",
                "chain",
                "purpose",
                "channel",
                "topic",
                "controller",
                "action",
                "allowed",
                "event",
            )
        ],
        title=_("what you permit and refuse now"),
        whose=of(person="chain__owner__person"),
        erased=Erased.STAYS,
        until=_("for good: names nobody without the owner’s link"),
    ),
    Holding(
        "consent.events",
        Event,
        _("the proof of what was permitted and refused (GDPR Art. 7(1))"),
        [
            personal(
                "id", "chain", "seq", "purpose", "channel", "topic", "controller", "action", "basis"
            ),
            personal("wording", "method", "source", "by_kind", "occurred_at", "recorded_at"),
            personal("by", withheld=_("names a member of staff")),
            personal("evidence_digest", "prev_hash", "hash"),
        ],
        whose=of(person="chain__owner__person"),
        erased=Erased.STAYS,
        until=_("for good: names nobody without the owner’s link"),
    ),
    Holding(
        "consent.chains",
        Chain,
        _("a person’s events in order"),
        [personal("id", "seq", "hash")],
        whose=of(person="owner__person"),
        erased=Erased.STAYS,
        until=_("for good: names nobody without the owner’s link"),
    ),
    Holding(
        "consent.wordings",
        Wording,
        "the texts people are shown",
        [
            technical("id", "purpose", "version", "language", "digest"),
            impersonal("body", because="the same text for everyone"),
        ],
    ),
    Holding(
        "consent.checkpoints",
        Checkpoint,
        "digests of the whole ledger",
        [technical("id", "at", "last_event", "events", "chains", "digest")],
    ),
    Holding(
        "consent.verifications",
        Verification,
        "examinations of the ledger",
        [
            technical("id", "at", "events", "is_intact"),
            impersonal("breaks", because="names rows of the ledger by their keys"),
        ],
    ),
    Holding(
        "consent.suppressions",
        Suppression,
        "keeps the address of who was erased, or objects, from coming back by an import",
        [technical("id", "digest", "reason", "at")],
    ),
]


def asked_by(subject: Subject) -> Q:
    """Requests made for one of the subject's addresses, which the row knows by their keyed digests alone."""
    ways = Q(pk__in=[])
    for email in subject.emails:
        ways |= Q(digests__contains=[suppression.digest_of(email)])
    return ways


REQUESTS = [
    Holding(
        "consent.requests",
        SubjectRequest,
        _("to show what was asked, when, and what was done (GDPR Art. 12(3), 5(2))"),
        [
            personal("id", "right", "received_at", "due_on", "erased_at", "finished_at"),
            personal("digests", "steps", "outcome"),
            personal("subject", withheld=_("only while an erasure is under way")),
        ],
        whose=asked_by,
        erased=Erased.STAYS,
        until=_("three years after it was finished; names nobody but to who asks with the address"),
    ),
]
