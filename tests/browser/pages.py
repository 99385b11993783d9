"""The pages that the accessibility tests walk, on a small catalogue that has every state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from playwright.sync_api import BrowserContext, Page

from accounts.models import StaffRole, User
from consent import ledger, people
from courses.models import Course, Enrolment, Run
from crm import absences, named_contacts, questions
from crm.models import ContactRule, Task
from mailing import links, newsletters, outbox
from mailing.models import Delivery, SignUp
from tests import factories

THREADS = ["johtaminen", "digi", "tekniikka", "talous", "hyvinvointi", "kasvatus"]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class World:
    """What the pages show."""

    course: Course
    run: Run
    user: User
    confirmed: Enrolment
    offered: Enrolment
    waiting: Enrolment
    coordinator: User


def world() -> World:
    """Six themes, a course of two of them with an open, a nearly full and a full run, and a learner."""
    for thread, slug in enumerate(THREADS, start=1):
        factories.theme(slug, thread=thread)
    learner = factories.user("learner@example.org", name="Liisa Virtanen")
    main = _course("Tekoäly esihenkilön työssä", "johtaminen", "digi")
    runs = [_run(main, days, seats=seats) for days, seats in ((20, 12), (60, 3), (100, 1))]
    factories.enrolment(runs[2])
    for days, slug in enumerate(THREADS, start=10):
        _run(_course(f"Perusteet: {slug}", slug), days, price_net=Decimal(0))
    others = [_run(_course(title, "digi"), 30) for title in ("Data-analytiikka", "Tietosuoja")]
    person = learner.person
    return World(
        course=main,
        run=runs[0],
        user=learner,
        confirmed=factories.enrolment(others[0], person),
        offered=_offered(others[1], person),
        waiting=factories.enrolment(runs[2], person, status="waiting"),
        coordinator=factories.staff(main.institution, "coordinator", "coordinator@example.org"),
    )


def _course(title: str, *themes: str) -> Course:
    aino = User.objects.filter(email="aino.makela@example.org").first() or factories.staff(
        None,
        "coordinator",
        "aino.makela@example.org",
        name="Aino Mäkelä",
        title_fi="koordinaattori",
        phone="040 123 4568",
    )
    return factories.course(
        title,
        themes=themes,
        contact=aino,
        credits=Decimal(5),
        hours=135,
        summary_fi="Opi päättämään, mihin tekoälyä kannattaa ryhmässäsi käyttää ja mihin ei.",
        why_fi="Säästät aikaa.\n\n- Tunnistat kolme kohtaa.\n- Teet pelisäännöt.",
        what_and_how_fi="Kolme lähipäivää ja kokeilu omassa työssä.",
        our_skill_fi="Kouluttajat ovat itse johtaneet ryhmiä.",
        outcomes_fi="Osaat valita.\nOsaat mitata.",
    )


def _run(of: Course, days: int, *, seats: int = 12, **fields: object) -> Run:
    start = timezone.localdate() + days * DAY
    closes = timezone.now() + (days - 1) * DAY
    made = factories.run(
        of,
        seats=seats,
        starts_on=start,
        enrolment_closes_at=closes,
        venue=factories.venue(),
        **fields,
    )
    factories.session(made, starts_at=timezone.now() + days * DAY, topic_fi="Aloitus")
    return made


def _offered(on: Run, person: object) -> Enrolment:
    offer = factories.enrolment(on, person, status="offered")  # type: ignore[arg-type]  # made from the arguments of a page
    Enrolment.objects.filter(pk=offer.pk).update(offer_expires_at=timezone.now() + DAY)
    return offer


@dataclass(frozen=True)
class Walk:
    """A page: its path, whether one is signed in, and what is done there before looking."""

    path: Callable[[World], str]
    signed_in: bool = False
    as_staff: bool = False
    then: Callable[[Page], None] = lambda page: None

    def visitor(self, world: World) -> User | None:
        """Who is signed in there."""
        if self.as_staff:
            return world.coordinator
        return world.user if self.signed_in else None


def _send_empty(page: Page) -> None:
    page.locator("main form[method=post] .button").first.click()
    page.locator(".error-summary").wait_for()


def _at(name: str, **arguments: object) -> Callable[[World], str]:
    return lambda world: reverse(name, **arguments)  # type: ignore[arg-type]  # made from the arguments of a page


def _sign_up() -> SignUp:
    topics = [factories.topic("digi"), factories.topic("talous")]
    address, language = "liisa.virtanen@example.org", get_language()
    made = newsletters.request(address, topics=topics, frequency="monthly", language=language)
    assert made is not None
    return made


def _letter(world: World) -> Delivery:
    """A newsletter that the learner has permitted."""
    person, digi = world.user.person, factories.topic("digi")
    event = factories.grant(person, topic=digi)
    letter = outbox.queue(
        "mailing/newsletter",
        person,
        {},
        language=get_language() or "fi",
        purpose="newsletter",
        topic=digi,
    )
    Delivery.objects.filter(pk=letter.pk).update(permitted_by=event, decision="consent")
    return letter


def _stopped(world: World) -> str:
    """The preference centre after one thing was stopped, with every state on it."""
    person = world.user.person
    _letter(world)
    factories.sale(person, world.course.institution)
    factories.grant(person, channel="sms")
    refusal = ledger.withdraw(person, "newsletter", channel="sms", method="form")
    event = refusal.pk if refusal else ""
    return f"{reverse('mailing:preferences')}?done=stopped&event={event}"


def _doubt(world: World) -> Delivery:
    """A letter that the server may have taken."""
    letter = _letter(world)
    rows = Delivery.objects.filter(pk=letter.pk)
    rows.update(state="claimed", lease_token="0" * 32, lease_until=timezone.now())
    rows.update(state="transmitting", transmit_at=timezone.now())
    rows.update(state="in_doubt", lease_token=None, lease_until=None, reply="hung up")
    return letter


def _mail_of_staff(world: World) -> str:
    """Something in doubt, something stopped, an address that is closed."""
    _doubt(world)
    stopped = _letter(world)
    Delivery.objects.filter(pk=stopped.pk).update(state="suppressed", decision="objected")
    gone = people.person_for("gone@example.org").addresses.get()
    people.close_address(gone, "hard_bounce", now=timezone.now())
    return reverse("site:staff_mail")


def _changes_of(world: World) -> str:
    """What happened to a course, for the coordinator as an auditor."""
    StaffRole.objects.get_or_create(
        user=world.coordinator, institution=world.course.institution, role="auditor"
    )
    return reverse("site:staff_audit", args=["courses.course", world.course.pk])


def _permission_of(world: World, query: str = "") -> str:
    _stopped(world)
    return reverse("site:staff_permission", args=[world.user.person.pk]) + query


def _yesterday(world: World) -> str:
    moment = timezone.localtime() - DAY
    return _permission_of(world, f"?at={moment:%Y-%m-%dT%H:%M}")


def _ask(world: World) -> Task:
    asker = questions.visitor("anna@example.org", name="Anna Virtanen", language="fi")
    about = questions.About(world.course.slug, str(world.course), world.course.institution_id)
    return questions.ask(asker, "Voiko tulla illalla?\n\nEntä etänä?", to=None, about=about)


def _questions(world: World) -> str:
    """One open, one late, one answered."""
    questions.answer(_ask(world), "Voi.", by=world.coordinator)
    _ask(world)
    Task.objects.filter(pk=_ask(world).pk).update(due_at=timezone.now() - DAY)
    return reverse("site:staff_questions")


def _question(world: World) -> str:
    return reverse("site:staff_question", args=[_ask(world).pk])


def _answered(world: World) -> str:
    task = _ask(world)
    questions.answer(task, "Voi.\n\nTervetuloa!", by=world.coordinator)
    return reverse("site:staff_question", args=[task.pk])


def _contacts(world: World) -> str:
    """Customers of two, an absence, a rule, some figures."""
    seller = factories.staff(None, "sales", name="Saara Myyrä")
    ContactRule.objects.create(user=seller, institution=world.course.institution, share=50)
    absences.mark(seller, timezone.localdate(), timezone.localdate() + DAY, world.coordinator)
    named_contacts.settle_missing()
    _questions(world)
    return reverse("site:staff_contacts")


def _say_nothing(page: Page) -> None:
    page.locator("form[action$='/word/'] .button").click()
    page.locator(".error-summary").wait_for()


def _pause_for_too_long(page: Page) -> None:
    page.locator("[name=paused_until]").fill("2100-01-01")
    page.locator("main form .button").first.click()
    page.locator(".error-summary").wait_for()


def _path(url: str) -> str:
    return url.removeprefix(settings.BASE_URL)


def _enrol(world: World) -> str:
    return reverse("courses:run_enrol", args=[world.course.slug, world.run.pk])


WALKS = {
    "home": Walk(_at("portal:home")),
    "home-signed-in": Walk(_at("portal:home"), signed_in=True),
    "catalogue": Walk(_at("courses:course_list")),
    "catalogue-filtered": Walk(lambda world: reverse("courses:course_list") + "?theme=digi&q=data"),
    "catalogue-empty": Walk(lambda world: reverse("courses:course_list") + "?q=zzzz&theme=digi"),
    "course": Walk(lambda world: world.course.get_absolute_url()),
    "enrol": Walk(_enrol),
    "enrol-wrong": Walk(_enrol, then=_send_empty),
    "enrol-signed-in": Walk(_enrol, signed_in=True),
    "done": Walk(
        lambda world: reverse(
            "courses:enrolment_done",
            args=[world.confirmed.run.course.slug, world.confirmed.run_id],
        ),
        signed_in=True,
    ),
    "accept": Walk(
        lambda world: reverse("courses:enrolment_accept", args=[world.offered.pk]), signed_in=True
    ),
    "cancel": Walk(
        lambda world: reverse("courses:enrolment_cancel", args=[world.waiting.pk]), signed_in=True
    ),
    "me": Walk(_at("portal:me"), signed_in=True),
    "details": Walk(_at("portal:details"), signed_in=True),
    "sign-in": Walk(_at("account_login")),
    "sign-in-wrong": Walk(_at("account_login"), then=_send_empty),
    "sign-in-by-code": Walk(_at("account_request_login_code")),
    "accessibility": Walk(_at("portal:accessibility")),
    "privacy": Walk(_at("portal:privacy")),
    "terms": Walk(_at("portal:terms")),
    "newsletter": Walk(_at("mailing:newsletter")),
    "newsletter-wrong": Walk(_at("mailing:newsletter"), then=_send_empty),
    "newsletter-sent": Walk(_at("mailing:newsletter_sent")),
    "newsletter-confirm": Walk(lambda world: _path(links.confirm_url(_sign_up()))),
    "newsletter-confirmed": Walk(
        lambda world: _path(links.confirm_url(newsletters.confirm(_sign_up())))
    ),
    "newsletter-not-me": Walk(lambda world: _path(links.not_me_url(_sign_up()))),
    "preferences": Walk(_stopped, signed_in=True),
    "preferences-wrong": Walk(_at("mailing:preferences"), signed_in=True, then=_pause_for_too_long),
    "preferences-by-link": Walk(lambda world: _path(links.preferences_url(_letter(world)))),
    "preferences-ask": Walk(_at("mailing:preferences")),
    "preferences-sent": Walk(_at("mailing:preferences_sent")),
    "unsubscribe": Walk(lambda world: _path(links.one_click_url(_letter(world)))),
    "why": Walk(lambda world: _path(links.why_url(_letter(world)))),
    "link-gone": Walk(_at("mailing:newsletter_confirm", args=["1.x"])),
    "ask": Walk(lambda world: reverse("portal:ask") + f"?course={world.course.slug}"),
    "ask-wrong": Walk(_at("portal:ask"), then=_send_empty),
    "asked": Walk(_at("portal:asked")),
    "staff-questions": Walk(_questions, as_staff=True),
    "staff-question": Walk(_question, as_staff=True),
    "staff-question-answered": Walk(_answered, as_staff=True),
    "staff-question-wrong": Walk(_question, as_staff=True, then=_send_empty),
    "staff-contacts": Walk(_contacts, as_staff=True),
    "staff-contact-of": Walk(
        lambda world: reverse("site:staff_contact_of_person", args=[world.user.person.pk]),
        as_staff=True,
    ),
    "staff-me": Walk(_at("site:staff_me"), as_staff=True),
    "staff-mail": Walk(_mail_of_staff, as_staff=True),
    "staff-deliveries": Walk(
        lambda world: reverse("site:staff_deliveries") + "?state=queued", as_staff=True
    ),
    "staff-templates": Walk(_at("site:staff_templates"), as_staff=True),
    "staff-template": Walk(
        _at("site:staff_template", args=["mailing", "newsletter"]), as_staff=True
    ),
    "staff-people": Walk(_at("site:staff_people"), as_staff=True),
    "staff-permission": Walk(_permission_of, as_staff=True),
    "staff-permission-past": Walk(_yesterday, as_staff=True),
    "staff-permission-wrong": Walk(_permission_of, as_staff=True, then=_say_nothing),
    "staff-audit": Walk(_changes_of, as_staff=True),
    "staff-health": Walk(_at("site:staff_health"), as_staff=True),
    "not-found": Walk(lambda world: "/fi/tekoaly-esihenkilon/"),
    "styleguide": Walk(_at("site:styleguide")),
}


def sign_in(context: BrowserContext, url: str, user: User) -> None:
    """Give the browser a signed-in session."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": url}
            for name, morsel in client.cookies.items()
        ]
    )
