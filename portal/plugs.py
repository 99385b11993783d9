"""What the site itself adds to the registries below: the mails of signing in."""

from mailing.templates import Class, Template, templates

for name in ("accounts/code", "accounts/notice", "accounts/unknown_address"):
    templates.add(Template(name, Class.SERVICE))
