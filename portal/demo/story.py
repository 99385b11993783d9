"""Leena's story: what learner@example.org permitted, took back and permitted again, so that there is much to look back on."""

from functools import partial

from django.conf import settings

from common.days import database_now
from consent import ledger
from consent.kinds import Channel, Method
from consent.ledger import Proof
from consent.models import Person, Topic
from courses import kinds as courses_kinds
from courses import marketing, notices
from courses.enrolment import place_in_queue
from courses.marketing import Answers
from courses.models import Enrolment
from mailing import kinds, newsletters, preferences
from mailing.models import Delivery, SignUp
from portal.demo.calendar import Calendar, Step
from portal.demo.words import BROWSER, on_the_phone

LEENA = "learner@example.org"
PROOF = Proof(address=LEENA, ip="192.0.2.99", user_agent=BROWSER)


def steps(calendar: Calendar) -> list[Step]:
    """From the first request to this autumn."""
    return [
        Step(calendar.ago(640, "19:42"), ask),
        Step(calendar.ago(640, "19:47"), confirm),
        Step(calendar.ago(455, "12:30"), partial(add, "talous", "hyvinvointi")),
        Step(calendar.ago(301, "13:15"), permit_text_messages),
        Step(calendar.ago(163, "08:05"), stop_by_one_click),
        Step(calendar.ago(128, "10:22"), refuse_text_messages),
        Step(calendar.ago(75, "17:35"), pause),
        Step(calendar.ago(26, "20:10"), partial(add, "talous")),
        Step(calendar.ago(14, "11:48"), enrol),
        Step(calendar.now, queue),
    ]


def leena() -> Person:
    return Person.objects.known_by(LEENA).get()


def own() -> preferences.How:
    return {"method": Method.FORM, "evidence": PROOF}


def ask() -> None:
    topics = Topic.objects.filter(slug__in=["digi", "johtaminen"])
    newsletters.request(LEENA, topics=topics, frequency="monthly", language="fi")


def confirm() -> None:
    sign_up = SignUp.objects.filter(address=LEENA).latest("pk")
    newsletters.confirm(sign_up, ip=PROOF.ip, user_agent=PROOF.user_agent)


def add(*slugs: str) -> None:
    """Signed in, on the preference centre's page."""
    preferences.add(leena(), list(Topic.objects.filter(slug__in=slugs)), own(), language="fi")


def permit_text_messages() -> None:
    note = "Soitti ja pyysi tiedon uusista koulutuksista myös tekstiviestillä; lupateksti luettiin."
    ledger.grant(
        leena(),
        kinds.NEWSLETTER,
        channel=Channel.SMS,
        wording=ledger.wording_of(kinds.NEWSLETTER, "fi"),
        **on_the_phone("coordinator", LEENA, note),
    )


def refuse_text_messages() -> None:
    note = "Puhelimessa muun asian yhteydessä: tekstiviestit saa lopettaa, kirje riittää."
    word = on_the_phone("coordinator", LEENA, note)
    ledger.withdraw(leena(), kinds.NEWSLETTER, channel=Channel.SMS, **word)


def stop_by_one_click() -> None:
    """The mail program's button in the last letter."""
    letter = Delivery.objects.filter(person=leena(), is_bulk=True, state="sent").latest("pk")
    preferences.stop_mail(letter, {"method": Method.ONE_CLICK, "evidence": PROOF})


def pause() -> None:
    until = database_now().date().replace(day=1)
    preferences.set_pace(leena(), frequency="monthly", paused_until=until)


def enrol() -> None:
    """What the bought seat brought: a mail with its dates, and a ground for similar offers."""
    enrolment = of_leena(Enrolment.Status.CONFIRMED)
    Enrolment.objects.filter(pk=enrolment.pk).update(created_at=database_now())
    notices.tell(courses_kinds.ENROLLED, enrolment, notices.facts(enrolment.run, "fi"))
    marketing.record(enrolment, Answers("fi", no_similar=False, evidence=PROOF))


def queue() -> None:
    """The mail that the place in the queue brought."""
    enrolment = of_leena(Enrolment.Status.WAITING)
    more = {"place_in_queue": place_in_queue(enrolment), "offer_hours": settings.OFFER_HOURS}
    facts = notices.facts(enrolment.run, "fi")
    notices.tell(courses_kinds.QUEUED, enrolment, facts, **more)


def of_leena(status: str) -> Enrolment:
    mine = Enrolment.objects.filter(person=leena(), status=status)
    return mine.select_related("person", "run__course__institution").get()
