"""Forget people who are known only by a code or a link that nobody used (GDPR Art. 5(1)(e))."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import audit, users
from consent.models import Address, Person
from crm.models import Look
from mailing.models import Delivery, Message

# the mails that anybody can have sent to any address
UNASKED = Q(message__template__startswith="accounts/") | Q(
    message__template__in=["mailing/confirm", "mailing/preferences"]
)


def strangers() -> QuerySet[Person]:
    """People whose only traces are an address and mails that anybody can have sent them; whatever else names one keeps them."""
    mails = Delivery.objects.filter(person=OuterRef("pk"))
    found = Person.objects.filter(
        Exists(mails.filter(UNASKED)),
        ~Exists(mails.exclude(UNASKED)),
        user__isnull=True,
        kind=Person.Kind.NATURAL,
    )
    for relation in Person._meta.related_objects:  # noqa: SLF001  Django's documented API
        if relation.related_model not in {Address, Delivery, Look}:
            found = found.filter(**{f"{relation.field.related_query_name()}__isnull": True})
    return found


def forget_strangers(*, before: datetime) -> int:
    """Delete users and people who asked for a code before the moment and never came; how many people."""
    users.forget_who_never_came(before=before)
    gone = list(strangers().filter(created_at__lt=before))
    for person in gone:
        forget(person)
    return len(gone)


@transaction.atomic
def forget(person: Person) -> None:
    """Delete the person with the mails they were sent, and what the audit says of them."""
    addresses = list(person.addresses.values_list("pk", flat=True))
    key = person.pk
    messages = list(Message.objects.filter(deliveries__person=person))
    for message in messages:
        message.delete()
    person.delete()
    audit.forget(Address, addresses)
    audit.forget(Person, [key])


def clear_sessions(*, before: datetime) -> int:
    """Delete sessions that have ended; how many."""
    count, _ = Session.objects.filter(expire_date__lt=before).delete()
    return count
