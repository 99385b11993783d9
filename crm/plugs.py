"""What crm puts into the registries below it: its holdings."""

from consent.privacy import holdings
from crm.holdings import ORGANISATIONS, PEOPLE, STAFF, WORK

for holding in (*ORGANISATIONS, *PEOPLE, *WORK, *STAFF):
    holdings.add(holding)
