"""Fill in an organisation from the business register: what it says otherwise, and what of that staff accept (C1.1).

Looking (`proposals`) and accepting (`accept`) are apart: nothing is written that nobody has seen, and the register is not
asked while anything is locked.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from crm.business_register import Company, Place
from crm.models import Organisation, OrganisationAddress, OrganisationName
from crm.versions import StaleError

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
        place: Place | None = getattr(company, name)
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
    organisation: Organisation, version: int, accepted: Iterable[tuple[str, Any]]
) -> Organisation:
    """Write what was accepted, as (name, value) of proposals. StaleError when the organisation has another version.

    A name that is replaced is kept among the former ones.
    """
    current = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    if current.version != version:
        raise StaleError
    for name, value in accepted:
        if name in PLACES:
            OrganisationAddress.objects.update_or_create(
                organisation=current, kind=PLACES[name], defaults=value
            )
        elif name == "names":
            for other, kind in value:
                add_name(current, other, kind)
        else:
            if name == "name":
                add_name(current, current.name, OrganisationName.Kind.FORMER)
            setattr(current, name, value)
    current.version += 1
    current.save()
    return current


def add_name(organisation: Organisation, name: str, kind: str) -> None:
    """Unless it goes by that name already."""
    if not organisation.names.filter(name__iexact=name).exists():
        OrganisationName.objects.create(organisation=organisation, name=name, kind=kind)
