"""Who is in the register already of those whom staff are about to add: the one place where a form asks (C1.5).

What is the same in every sign is found here; likeness of names is `crm.duplicates`' to tell.
"""

from collections.abc import Iterable

from django.db.models import Q

from accounts.models import User
from consent.models import Person
from crm.lists import people
from crm.models import ContactPhone, Organisation, OrganisationDomain, OrganisationName

MOST = 5


def organisations(
    *, name: str = "", business_id: str = "", domains: Iterable[str] = ()
) -> list[Organisation]:
    """Organisations with this business ID, with this name or an other name like it, or with one of the domains."""
    same = Q(pk__in=[])
    if business_id:
        same |= Q(business_id=business_id)
    if name:
        others = OrganisationName.objects.filter(name__iexact=name)
        same |= Q(name__iexact=name) | Q(pk__in=others.values("organisation"))
    if domains := list(domains):
        theirs = OrganisationDomain.objects.filter(domain__in=domains)
        same |= Q(pk__in=theirs.values("organisation"))
    return list(Organisation.objects.filter(same).order_by("name", "pk")[:MOST])


def persons(by: User, *, email: str = "", phone: str = "") -> list[Person]:
    """People of the register with this address or phone, of those whom this member of staff may see."""
    same = Q(pk__in=[])
    if email:
        same |= Q(pk__in=Person.objects.known_by(email).values("pk"))
    if phone:
        same |= Q(pk__in=ContactPhone.objects.filter(number=phone).values("contact"))
    return list(people.seen_by(by).filter(same).order_by("name", "pk")[:MOST])
