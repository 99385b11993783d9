"""The readers of the demo's newsletter: how each came, what they chose, how some of them left."""

from datetime import timedelta
from functools import partial
from typing import Any

from common.days import database_now
from consent import ledger, people
from consent.kinds import Method
from consent.ledger import Proof
from consent.models import Address, Person, Topic
from courses import marketing
from courses.marketing import Answers
from courses.models import Enrolment
from mailing import kinds, newsletters, preferences
from mailing.models import Delivery, SignUp
from portal.demo import content
from portal.demo.calendar import Calendar, Step
from portal.demo.content import Entry
from portal.demo.words import box, on_the_phone, own_word

READERS = 36
FIRST, APART = 700, 18  # days ago the first one came, and days between two
MOVED_TO = {8: "refused.example.org", 12: "silent.example.org"}  # portal/embedded/mailbox.py
NEVER = ("niina.nieminen@example.org", "aatu.aho@example.org")  # asked, and did not confirm


def steps(calendar: Calendar) -> list[Step]:
    """Everything but what happens while an issue waits in the queue."""
    return [
        *coming(calendar),
        *leaving(calendar),
        *moving(calendar),
        *restricting(calendar),
        *merging(calendar),
        *buying(calendar),
    ]


def reader(number: int) -> Person:
    """The reader of this number, from 0."""
    return Person.objects.known_by(box(number)).get()


# --- how they came ----------------------------------------------------------------------


def coming(calendar: Calendar) -> list[Step]:
    """The double opt-ins; two who never confirmed, and one who said “it was not me”."""
    found = []
    for number in range(READERS):
        came = calendar.ago(FIRST - APART * number, f"{8 + number % 11:02}:{number * 7 % 60:02}")
        found += asked(came, box(number), topics_of(number), language_of(number))
        delay = timedelta(minutes=4 + number * 13 % 190)
        found.append(Step(came + delay, partial(confirmed, box(number), number)))
    for days, address in zip((120, 3), NEVER, strict=True):
        found += asked(calendar.ago(days, "20:15"), address, [], "fi")
    stranger = "tuomas.tuntematon@example.org"
    found += asked(calendar.ago(88, "13:05"), stranger, ["digi"], "fi")
    found.append(Step(calendar.ago(87, "07:40"), partial(disowned, stranger)))
    return found


def topics_of(number: int) -> list[str]:
    """Every fourth reader wants all topics, which is none in particular; the others one to three."""
    slugs = [theme["slug"] for theme in content.THEMES]
    return [slugs[(number + step) % len(slugs)] for step in range(number % 4)]


def language_of(number: int) -> str:
    return "sv" if number % 7 == 3 else "en" if number % 11 == 5 else "fi"


def asked(at: Any, address: str, topics: list[str], language: str) -> list[Step]:
    """Somebody filled in the form."""
    return [Step(at, partial(ask, address, topics, language))]


def ask(address: str, topics: list[str], language: str) -> None:
    Person.objects.known_by(address).update(language=language)
    newsletters.request(
        address,
        topics=Topic.objects.filter(slug__in=topics),
        frequency="monthly" if len(address) % 3 else "weekly",
        language=language,
    )


def confirmed(address: str, number: int) -> None:
    asked_for = SignUp.objects.filter(address=address).latest("pk")
    proof = own_word(number)
    newsletters.confirm(asked_for, ip=proof.ip, user_agent=proof.user_agent)


def disowned(address: str) -> None:
    newsletters.not_me(SignUp.objects.filter(address=address).latest("pk"), ip="192.0.2.200")


# --- how some left ------------------------------------------------------------------------


def leaving(calendar: Calendar) -> list[Step]:
    """With one click, on a form, on the phone; one comes back by asking anew."""
    return [
        Step(calendar.ago(400, "18:20"), partial(one_click, 6)),
        *asked(calendar.ago(200, "09:12"), box(6), ["digi", "talous"], "fi"),
        Step(calendar.ago(200, "09:31"), partial(confirmed, box(6), 6)),
        Step(calendar.ago(300, "11:05"), partial(by_phone, 1)),
        Step(calendar.ago(240, "14:50"), partial(no_marketing_by_phone, 2)),
        Step(calendar.ago(213, "21:17"), partial(on_the_form, 3)),
        Step(calendar.ago(164, "16:44"), partial(one_click, 28)),
    ]


def one_click(number: int) -> None:
    """The mail program's button, in the last letter that came."""
    letters = Delivery.objects.filter(person=reader(number), is_bulk=True, state="sent")
    letter = letters.order_by("pk").last()
    how: preferences.How = {"method": Method.ONE_CLICK, "evidence": own_word(number)}
    if letter is not None:
        preferences.stop_mail(letter, how)
    else:
        ledger.withdraw(reader(number), kinds.NEWSLETTER, **how)


def on_the_form(number: int) -> None:
    ledger.withdraw(reader(number), kinds.NEWSLETTER, method=Method.FORM, evidence=own_word(number))


def by_phone(number: int) -> None:
    note = "Soitti ja pyysi lopettamaan uutiskirjeen: vaihtaa alaa, aiheet eivät enää kosketa."
    ledger.withdraw(
        reader(number), kinds.NEWSLETTER, **on_the_phone("coordinator", box(number), note)
    )


def no_marketing_by_phone(number: int) -> None:
    note = "Puhelimessa: ei halua mitään markkinointia, ei kirjeitä eikä soittoja."
    ledger.object_to_marketing(reader(number), **on_the_phone("sales", box(number), note))


def meanwhile(issue: Entry, calendar: Calendar) -> None:
    """What readers did between the freezing of one issue's audience and its sending: the gate stops these five."""
    if issue["days"] != 95:
        return
    on_the_form(0)
    ledger.object_to_marketing(reader(4), method=Method.FORM, evidence=own_word(4))
    until = calendar.ago(60).date()
    preferences.set_pace(reader(16), frequency="monthly", paused_until=until)
    ledger.restrict(reader(20), method=Method.FORM, evidence=own_word(20))
    complained = Address.objects.get(email=box(24))
    people.close_address(complained, Address.Closed.COMPLAINT, now=database_now())


# --- what else became of some ----------------------------------------------------------------


def moving(calendar: Calendar) -> list[Step]:
    """Two who have other addresses now: a server that refuses them, and one that hangs up without a word."""
    return [
        Step(calendar.ago(180, "12:00"), partial(moved, 8)),
        Step(calendar.ago(150, "08:00"), partial(closed, 8)),
        Step(calendar.ago(20, "12:00"), partial(moved, 12)),
    ]


def moved(number: int) -> None:
    name = box(number).partition("@")[0]
    Address.objects.filter(email=box(number)).update(email=f"{name}@{MOVED_TO[number]}")


def closed(number: int) -> None:
    gone = Address.objects.get(email__endswith=MOVED_TO[number])
    people.close_address(gone, Address.Closed.HARD_BOUNCE, now=database_now())


def restricting(calendar: Calendar) -> list[Step]:
    """One whose restriction has ended, and one whose stands."""
    return [
        Step(calendar.ago(62, "10:30"), partial(released, 20)),
        Step(calendar.ago(48, "15:20"), partial(restricted, 5)),
    ]


def released(number: int) -> None:
    note = "Osoite tarkistettiin yhdessä puhelimessa; rajoitus päättyy henkilön pyynnöstä."
    ledger.release(reader(number), **on_the_phone("coordinator", box(number), note))


def restricted(number: int) -> None:
    ledger.restrict(reader(number), method=Method.FORM, evidence=own_word(number))


def merging(calendar: Calendar) -> list[Step]:
    """Somebody known by two addresses: a paper form at a fair, and the newsletter's form."""
    address = "messuvieras@example.org"
    return [
        Step(calendar.ago(330, "16:00"), partial(on_paper, address)),
        Step(calendar.ago(210, "09:45"), partial(found_to_be_one, 10, address)),
    ]


def on_paper(address: str) -> None:
    person = people.person_for(address, name=reader(10).name)
    note = "Täytti paperilomakkeen Tampereen koulutusmessuilla; lomake on arkistoitu."
    ledger.grant(
        person,
        kinds.NEWSLETTER,
        topic=Topic.objects.get(slug="tekniikka"),
        wording=ledger.wording_of(kinds.NEWSLETTER, "fi"),
        **on_the_phone("sales", address, note),
    )


def found_to_be_one(number: int, address: str) -> None:
    kept, other = reader(number), Person.objects.known_by(address).get()
    ledger.join(kept, other)
    other.addresses.update(person=kept, is_primary=False)
    other.delete()


def buying(calendar: Calendar) -> list[Step]:
    """Twelve who bought training: most did not refuse similar offers, every fourth did."""
    bought = (
        Enrolment.objects.filter(
            status=Enrolment.Status.CONFIRMED,
            run__organisation=None,
            run__price_net__gt=0,
            person__user=None,
        )
        .order_by("person_id", "pk")
        .distinct("person_id")
    )
    return [
        Step(
            calendar.ago(58 - 4 * number, f"{9 + number % 9:02}:26"),
            partial(buy, enrolment.pk, number),
        )
        for number, enrolment in enumerate(bought[:12])
    ]


def buy(key: int, number: int) -> None:
    """The answer that was given with an enrolment; the enrolment is as old as it."""
    Enrolment.objects.filter(pk=key).update(created_at=database_now())
    enrolment = Enrolment.objects.select_related("person", "run__course__institution").get(pk=key)
    proof = Proof(address=enrolment.person.email, ip=f"192.0.2.{60 + number}")
    answers = Answers(enrolment.person.language, no_similar=number % 4 == 3, evidence=proof)
    marketing.record(enrolment, answers)
