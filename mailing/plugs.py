"""What mailing holds on a person."""

from consent.privacy import Holding, holdings

holdings.add(
    Holding(
        "mailing.deliveries",
        "mailing.Delivery",
        ("person", "address"),
        "to send a message once and to show later that it was sent",
    )
)
holdings.add(
    Holding(
        "mailing.messages",
        "mailing.Message",
        ("context", "attachments", "secrets"),
        "what the message says; secrets are blanked when it has left",
    )
)
