"""What of consent is audited: a person's details and addresses; the ledger is its own audit."""

from accounts.audit import track
from accounts.roles import Permission
from consent.models import Address, Person

track(Person, needed=Permission.SEE_PEOPLE)
track(Address, needed=Permission.SEE_PEOPLE)
