"""What the site itself adds to the registries below: the mails of signing in, and what Django itself holds."""

from consent.privacy import holdings, tables, traces
from consent.purposes import Kind
from mailing.templates import Template, templates
from portal import holdings as declared
from portal.traces import TRACES

for name in ("accounts/code", "accounts/notice", "accounts/unknown_address"):
    templates.add(Template(name, Kind.SERVICE))

for holding in declared.HOLDINGS:
    holdings.add(holding)
for table in declared.TABLES:
    tables.add(table)
for trace in TRACES:
    traces.add(trace)
