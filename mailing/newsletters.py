"""The newsletter's double opt-in: asked for by anybody, permitted by who owns the address (D2.1, EXPERIENCE of peers).

Whether the address is known changes neither the answer nor the work. Only a press on the mailed link's button writes to
the ledger, so that no stranger's request gives, undoes or renews anything.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import translation

from common.days import database_now
from consent import ledger, people
from consent.kinds import PROOF, Method
from consent.ledger import Proof
from consent.models import Address, Person, Preference, Topic
from mailing import kinds, links, outbox
from mailing.models import Message, SignUp


@transaction.atomic
def request(
    address: str, *, topics: Iterable[Topic] = (), frequency: str, language: str
) -> SignUp | None:
    """Keep the wish and mail a link to confirm it; no topics are all of them.

    None, and no mail, when the address's owner has disowned such a request within its lifetime, or reported our mail
    as spam.
    """
    person = people.person_for(address, language=language)
    if is_unwanted(person, address):
        return None
    sign_up = SignUp.objects.create(
        person=person, address=address, language=language, frequency=frequency
    )
    sign_up.refresh_from_db()
    sign_up.topics.set(topics)
    outbox.queue(
        kinds.CONFIRM_MAIL,
        person,
        told(sign_up),
        language=language,
        to=address,
        secrets={
            "confirm_url": links.confirm_url(sign_up),
            "not_me_url": links.not_me_url(sign_up),
        },
        not_after=sign_up.created_at + SignUp.LIFETIME,
        purpose=PROOF,
    )
    return sign_up


def is_unwanted(person: Person, address: str) -> bool:
    """Whether the address's owner has said that such a request was not theirs, or that our mail is spam."""
    disowned = SignUp.objects.alive().filter(person=person, disowned_at__isnull=False)
    reported = person.addresses.filter(
        email__iexact=address, closed_because=Address.Closed.COMPLAINT
    )
    return disowned.exists() or reported.exists()


@transaction.atomic
def confirm(sign_up: SignUp, *, ip: str = "", user_agent: str = "") -> SignUp:
    """Write the permission into the ledger and welcome the person; a second time changes nothing.

    What was disowned stays so. An earlier refusal is lifted: this is the person's own new consent. Mail has arrived, so
    an address that was closed is open again.
    """
    sign_up = SignUp.objects.select_for_update().get(pk=sign_up.pk)
    if sign_up.confirmed_at or sign_up.disowned_at:
        return sign_up
    sign_up.confirmed_at = database_now()
    sign_up.save(update_fields=["confirmed_at"])
    people.open_address(sign_up.address)
    person = people.person_for(sign_up.address)  # whoever has proven the address since
    proof = Proof(
        address=sign_up.address,
        ip=ip,
        user_agent=user_agent,
        note=f"asked for at {sign_up.created_at:%Y-%m-%d %H:%M} UTC",
    )
    for topic in sign_up.topics.all() or [None]:
        ledger.grant(
            person,
            kinds.NEWSLETTER,
            topic=topic,
            wording=ledger.wording_of(kinds.NEWSLETTER, sign_up.language),
            method=Method.FORM,
            evidence=proof,
            source=source_of(sign_up),
        )
    Preference.objects.update_or_create(
        person=person,
        purpose=kinds.NEWSLETTER,
        defaults={"frequency": sign_up.frequency, "paused_until": None},
    )
    welcome(person, sign_up)
    return sign_up


def welcome(person: Person, sign_up: SignUp) -> None:
    """Mail what was chosen, with the link to choose anew."""
    language, address = sign_up.language, sign_up.address
    delivery = outbox.queue(
        kinds.WELCOME_MAIL, person, told(sign_up), language=language, to=address
    )
    page = {"preferences_page": links.preferences_url(delivery)}
    Message.objects.filter(pk=delivery.message_id).update(secrets=page)


@transaction.atomic
def not_me(sign_up: SignUp, *, ip: str = "", user_agent: str = "") -> SignUp:
    """Forget the wish, and mail the address no other for as long as this one is kept.

    One that was confirmed is taken back in the ledger; a second time changes nothing.
    """
    sign_up = SignUp.objects.select_for_update().get(pk=sign_up.pk)
    if sign_up.disowned_at:
        return sign_up
    sign_up.disowned_at = database_now()
    sign_up.save(update_fields=["disowned_at"])
    if sign_up.confirmed_at:
        for topic in sign_up.topics.all() or [None]:
            ledger.withdraw(
                people.person_for(sign_up.address),
                kinds.NEWSLETTER,
                topic=topic,
                method=Method.ONE_CLICK,
                evidence=Proof(address=sign_up.address, ip=ip, user_agent=user_agent),
                source=source_of(sign_up),
            )
    return sign_up


def forget_requests(*, before: datetime) -> int:
    """Delete sign-ups older than the moment, confirmed or not, with the links in their mails; how many."""
    count, _models = SignUp.objects.filter(created_at__lt=before).delete()
    return count


def source_of(sign_up: SignUp) -> str:
    """How the ledger names the sign-up."""
    return f"sign-up {sign_up.pk}"


def told(sign_up: SignUp) -> dict[str, object]:
    """What the mails about a sign-up say, as plain values in its language."""
    with translation.override(sign_up.language):
        return {
            "topics": [str(topic) for topic in sign_up.topics.all()],
            "frequency": str(sign_up.get_frequency_display()),
            "address": sign_up.address,
        }
