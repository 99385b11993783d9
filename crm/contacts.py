"""Keep the cards of the people in the register: add one, change it, its address and phones (C1.1).

Everybody in the register has an e-mail address. By it a person is told that we hold their data, asks for it, objects and
is kept out once they were erased (GDPR Art. 14, 15, 17, 21); somebody of whom we know a phone number alone could do none
of it. A general address such as info@ is a card too: of a person of kind organisation, who has a role there.

Of who has had the processing restricted nothing is changed by staff: restriction.RestrictedError (GDPR Art. 18).
"""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from common.days import PortalNow
from consent import people, restriction, suppression
from consent.models import Address, Person
from crm import kinds, timeline, versions
from crm.models import ContactPerson, ContactPhone


class KnownError(Exception):
    """The address is somebody's already; `person` says whose."""

    def __init__(self, person: Person) -> None:
        super().__init__(person.pk)
        self.person = person


class OwnAddressError(Exception):
    """The person signs in by their address: they alone change it."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What the register says of a person."""

    name: str = ""
    language: str = "fi"
    title: str = ""
    languages: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Told:
    """Who told us of a person, and on what ground we hold it (`models.contacts.GROUNDS`)."""

    by_others: bool = False
    basis: str = ""


THEMSELF = Told()


def facts_of(contact: ContactPerson) -> Card:
    """What the register says of the person now."""
    return Card(
        name=contact.person.name,
        language=contact.person.language,
        title=contact.title,
        languages=tuple(contact.languages),
        source=contact.source,
    )


def version_of(contact: ContactPerson) -> str:
    """What a form is opened at; the person's own correction of name or language is a new version too."""
    return versions.mark(contact.version, contact.person.name, contact.person.language)


# --- the card ---------------------------------------------------------------------------------


@transaction.atomic
def create(
    email: str,
    card: Card,
    *,
    kind: str = Person.Kind.NATURAL,
    told: Told = THEMSELF,
    by: User | None,
) -> ContactPerson:
    """Add the person behind the address to the register, making them when nobody has it.

    Of whom others told us, `notices` tells them the next day that we hold them, from where and why (GDPR Art. 14).
    Raises SuppressedError for who was erased or objects, KnownError when the person has a card or has had the
    processing restricted. Somebody we know from elsewhere keeps their own name and language.
    """
    is_new = not Person.objects.known_by(email).exists()
    person = people.imported(email, name=card.name, language=card.language)
    if restriction.is_restricted(person):
        raise KnownError(person)
    if is_new and kind != person.kind:
        person.kind = kind
        person.save(update_fields=["kind"])
    if not person.name:
        people.correct(person, name=card.name, language=person.language)
    own = {
        "title": card.title,
        "languages": list(card.languages),
        "source": card.source,
        "basis": told.basis,
        "from_others_at": PortalNow() if told.by_others else None,
    }
    made, is_added = ContactPerson.objects.get_or_create(person=person, defaults=own)
    if not is_added:
        raise KnownError(person)
    timeline.record(kinds.CONTACT_ADDED, person=person, by=by)
    return made


def card_of(person: Person) -> ContactPerson:
    """The person's card; who has none yet, such as a learner, gets an empty one."""
    return ContactPerson.objects.get_or_create(person=person)[0]


@transaction.atomic
def change(
    contact: ContactPerson, card: Card, *, version: str, email: str = "", by: User | None = None
) -> ContactPerson:
    """Write what a form says that was opened at `version`, a new address too; raises StaleError.

    Whatever it raises, also what `change_address` does: nothing has changed then.
    """
    current = locked(contact)
    versions.check(version, version_of(current))
    if email:
        change_address(current, email, by=by)
        current = locked(contact)
    if card == facts_of(current):
        return current
    person = current.person
    if (card.name, card.language) != (person.name, person.language):
        people.correct(person, name=card.name, language=card.language)
    current.title, current.languages, current.source = card.title, list(card.languages), card.source
    current.version += 1
    current.save(update_fields=["title", "languages", "source", "version"])
    return current


@transaction.atomic
def change_address(contact: ContactPerson, email: str, *, by: User | None) -> bool:
    """Write to this address from now on, the old one staying known; false when it is the one already.

    Raises OwnAddressError, SuppressedError, and KnownError when the address is another's. What the person permitted or
    refused stays: it is the person's, not the address's.
    """
    person = locked(contact).person
    if person.email == email.strip().lower():
        return False
    if person.user_id is not None:
        raise OwnAddressError
    if reason := suppression.reason_for(email):
        raise people.SuppressedError(reason)
    known = Person.objects.known_by(email).first()
    if known is not None and known != person:
        raise KnownError(known)
    put_address(person, email.strip().lower())
    touch(contact)
    timeline.record(kinds.ADDRESS_CHANGED, person=person, by=by)
    return True


def put_address(person: Person, email: str) -> None:
    """Make it the primary one; KnownError when somebody else takes it at the same moment."""
    person.addresses.filter(is_primary=True).update(is_primary=False)
    if person.addresses.filter(email__iexact=email).update(is_primary=True):
        return
    try:
        with transaction.atomic():
            Address.objects.create(person=person, email=email)
    except IntegrityError as error:
        raise KnownError(Person.objects.known_by(email).get()) from error


# --- phones -----------------------------------------------------------------------------------


@transaction.atomic
def add_phone(
    contact: ContactPerson, number: str, kind: str, *, is_primary: bool = False
) -> ContactPhone:
    """Add a number in E.164, or change the kind of one that is there; the first is primary whatever is asked."""
    current = locked(contact)
    is_primary = (
        is_primary or not current.phones.filter(is_primary=True).exclude(number=number).exists()
    )
    if is_primary:
        current.phones.exclude(number=number).update(is_primary=False)
    values: dict[str, Any] = {"kind": kind, "is_primary": is_primary}
    phone, _made = ContactPhone.objects.update_or_create(
        contact=current, number=number, defaults=values
    )
    touch(current)
    return phone


@transaction.atomic
def remove_phone(phone: ContactPhone) -> None:
    """Forget a number; when it was the primary one the oldest of the others is. A second time does nothing."""
    current = locked(phone.contact)
    if not current.phones.filter(pk=phone.pk).delete()[0]:
        return
    if not current.phones.filter(is_primary=True).exists():
        oldest = current.phones.order_by("pk").values("pk")[:1]
        current.phones.filter(pk__in=oldest).update(is_primary=True)
    touch(current)


# --- how they do it ---------------------------------------------------------------------------


def locked(contact: ContactPerson) -> ContactPerson:
    """The card as it is now, its person's row locked before it; raises restriction.RestrictedError."""
    restriction.check(contact.pk)
    Person.objects.select_for_update(no_key=True, of=("self",)).get(pk=contact.pk)
    cards = ContactPerson.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "person"
    )
    return cards.prefetch_related("person__addresses").get(pk=contact.pk)


def touch(contact: ContactPerson) -> None:
    """The next version: forms opened before are told."""
    ContactPerson.objects.filter(pk=contact.pk).update(version=F("version") + 1)
