"""What crm holds on a person."""

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
        "what the person may do for an organisation",
        [personal("id", "person", "organisation", "title", "rights", "since", "until")],
        whose=of(person="person"),
        erased=Erased.DELETED,
        until="as long as the person is known",
    )
)
holdings.add(
    Holding(
        "crm.encounters",
        Encounter,
        "what has happened between the customer and us",
        [
            personal("id", "kind", "person", "organisation", "data", "at"),
            link("by", of(user="by"), withheld="names a member of staff"),
        ],
        whose=of(person="person"),
        erased=Erased.DELETED,
        until="as long as the person is known",
    )
)
