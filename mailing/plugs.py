"""What mailing itself adds to the registries: its own mails, and what it holds on a person."""

from consent.privacy import Holding, holdings
from consent.purposes import Kind
from mailing import kinds
from mailing.templates import Template, templates

for name in (kinds.CONFIRM_MAIL, kinds.WELCOME_MAIL, kinds.PREFERENCES_MAIL):
    templates.add(Template(name, Kind.SERVICE))
templates.add(Template(kinds.NEWSLETTER_MAIL, Kind.MARKETING))

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
holdings.add(
    Holding(
        "mailing.sign_ups",
        "mailing.SignUp",
        ("person", "address", "language", "topics", "frequency"),
        "who asked for the newsletter and has a week to confirm it; deleted after that week either way",
    )
)
