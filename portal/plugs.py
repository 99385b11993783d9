"""What the site itself adds to the registries below: the mails of signing in, and what Django itself holds."""

from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from consent.changes import changes_of
from consent.privacy import holdings, tables, traces
from consent.purposes import Kind
from mailing.templates import Template, templates
from portal import holdings as declared
from portal import mail_samples as samples
from portal.traces import TRACES

templates.add(
    Template(
        "accounts/code",
        Kind.SERVICE,
        _("Signing in, a new password or a new address by a code"),
        samples.code,
        ({"what": "password"}, {"what": "address"}),
    )
)
templates.add(
    Template(
        "accounts/notice",
        Kind.SERVICE,
        _(
            "Telling the account’s owner that the address, the password or a second factor was changed"
        ),
        samples.notice,
        tuple({"what": what} for what in samples.CHANGES),
    )
)
templates.add(
    Template(
        "accounts/unknown_address",
        Kind.SERVICE,
        _("Telling that an address somebody tried to sign in with opens no account"),
        samples.unknown_address,
    )
)

for holding in declared.HOLDINGS:
    holdings.add(holding)
for each in audited:
    tracked = next(holding for holding in holdings if holding.model is each.model)
    holdings.add(changes_of(tracked, each))
for table in declared.TABLES:
    tables.add(table)
for trace in TRACES:
    traces.add(trace)
