"""What crm holds on a person."""

from consent.privacy import Holding, holdings

holdings.add(
    Holding(
        "crm.affiliations",
        "crm.Affiliation",
        ("person", "title", "rights", "since", "until"),
        "what the person may do for an organisation",
    )
)
holdings.add(
    Holding(
        "crm.encounters",
        "crm.Encounter",
        ("person", "data", "at"),
        "what has happened between the customer and us",
    )
)
