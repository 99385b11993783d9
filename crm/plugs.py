"""What crm holds on a person."""

from django.utils.translation import gettext_noop as _

from consent.privacy import Erased, Holding, holdings, impersonal, link, of, personal, technical
from crm.models import Affiliation, Encounter, Organisation

holdings.add(
    Holding(
        "crm.organisations",
        Organisation,
        "the customer",
        [
            technical("id", "business_id"),
            impersonal("name", because="an organisation’s, not a person’s"),
        ],
    )
)
holdings.add(
    Holding(
        "crm.affiliations",
        Affiliation,
        _("what the person may do for an organisation"),
        [personal("id", "person", "organisation", "title", "rights", "since", "until")],
        source=_("the organisation’s administrator, or our staff"),
        recipients=_("the organisation’s administrators"),
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=_("as long as the person is known"),
    )
)
holdings.add(
    Holding(
        "crm.encounters",
        Encounter,
        _("what has happened between the customer and us"),
        [
            personal("id", "kind", "person", "organisation", "data", "at"),
            link("by", of(user="by"), withheld=_("names a member of staff")),
        ],
        whose=of(person="person"),
        erased=Erased.DELETED,
        until=_("as long as the person is known"),
    )
)
