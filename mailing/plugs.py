"""What mailing itself adds to the registries: its own mails, and what it holds on a person."""

from consent.privacy import holdings
from consent.purposes import Kind
from mailing import holdings as declared
from mailing import kinds
from mailing.templates import Template, templates

for name in (kinds.CONFIRM_MAIL, kinds.WELCOME_MAIL, kinds.PREFERENCES_MAIL):
    templates.add(Template(name, Kind.SERVICE))
templates.add(Template(kinds.NEWSLETTER_MAIL, Kind.MARKETING))

for holding in declared.HOLDINGS:
    holdings.add(holding)
