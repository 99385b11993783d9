"""Fill in an organisation from the business register: what it says otherwise, and what of that staff accept (C1.1).

Looking (`proposals`) and accepting (`accept`) are apart: nothing is written that nobody has seen, and the register is not
asked while anything is locked.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from accounts.models import User
from crm import organisations
from crm.business_register import Company
from crm.models import Organisation, OrganisationAddress, OrganisationName
from crm.organisations import Place

Kind = OrganisationAddress.Kind
LABELS: dict[str, StrPromise] = {
    "name": _("Name"),
    "industry": _("Industry (TOL 2008)"),
    "website": _("Web site"),
    "visiting": _("Visiting address"),
    "postal": _("Postal address"),
    "names": _("Other names"),
}
OWN = ("name", "industry", "website")
PLACES = {"visiting": Kind.VISITING, "postal": Kind.POSTAL}


@dataclass(frozen=True)
class Proposal:
    """One thing that the register says otherwise; `value` is plain JSON, `then` what staff read."""

    name: str
    now: str
    then: str
    value: Any

    @property
    def label(self) -> str:
        return str(LABELS[self.name])


def proposals(organisation: Organisation, company: Company) -> list[Proposal]:
    """Everything that the register knows and the organisation lacks, or has otherwise."""
    found = []
    for name in OWN:
        now, then = getattr(organisation, name), getattr(company, name)
        if then and now.rstrip("/").casefold() != then.rstrip("/").casefold():
            words = f"{then} {company.industry_in_words}" if name == "industry" else then
            found.append(Proposal(name, now, words.strip(), then))
    places: dict[str, OrganisationAddress] = {
        each.kind: each for each in organisation.addresses.all()
    }
    for name, kind in PLACES.items():
        place = getattr(company, name)
        now = str(places.get(kind, ""))
        if place and str(place) and str(place).casefold() != now.casefold():
            found.append(Proposal(name, now, str(place), asdict(place)))
    return found + new_names(organisation, company)


def new_names(organisation: Organisation, company: Company) -> list[Proposal]:
    """Auxiliary, parallel and former names that the organisation is not known by yet."""
    known = {each.name.casefold() for each in organisation.names.all()}
    known.add(organisation.name.casefold())
    named = [*company.names, *((name, OrganisationName.Kind.FORMER) for name in company.former)]
    new = {name.casefold(): [name, kind] for name, kind in named if name.casefold() not in known}
    if not new:
        return []
    then = ", ".join(name for name, _kind in new.values())
    return [Proposal("names", "", then, list(new.values()))]


@transaction.atomic
def accept(
    organisation: Organisation, version: int, accepted: Iterable[tuple[str, Any]], *, by: User
) -> None:
    """Write what was accepted, as (name, value) of proposals, as a form would that was opened at `version`.

    Raises StaleError, and nothing has changed, when the organisation has another version by now.
    """
    values = dict(accepted)
    names = values.pop("names", [])
    values |= {name: Place(**values[name]) for name in PLACES if name in values}
    facts = replace(organisations.facts_of(organisation), **values)
    organisations.change(organisation, facts, version=version, by=by)
    for name, kind in names:
        organisations.add_name(organisation, name, kind)
