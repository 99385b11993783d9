"""What the site itself adds to the registries below: the mails of signing in."""

from consent.purposes import Kind
from mailing.templates import Template, templates

for name in ("accounts/code", "accounts/notice", "accounts/unknown_address"):
    templates.add(Template(name, Kind.SERVICE))
