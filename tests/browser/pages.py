"""The pages that the accessibility tests walk, on a small catalogue that has every state."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.core.signing import TimestampSigner, b62_encode
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from playwright.sync_api import BrowserContext, Page

from accounts.models import StaffRole, User
from consent import ledger, people
from consent.models import Person
from courses.models import Course, Enrolment, Run
from crm import (
    absences,
    contacts,
    merging,
    named_contacts,
    organisations,
    questions,
    situations,
    tray,
)
from crm.forms import asking
from crm.models import ContactPerson, ContactRule, Duplicate, Organisation, Task
from crm.organisations import Facts, Place
from crm.situations import Words
from mailing import links, newsletters, outbox
from mailing.models import Delivery, InboundMail, SignUp
from tests import factories
from tests.browser import customers, import_pages
from tests.clients import Client

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


class _AMinuteAgo(TimestampSigner):
    """What was signed a minute ago."""

    def timestamp(self) -> str:
        return b62_encode(int(time.time()) - 60)


def _ask_now(page: Page) -> None:
    """Ask on a page that has been open for a minute."""
    begun = _AMinuteAgo(salt=asking.SIGNER.salt).sign("ask")
    page.locator("main [name=begun]").evaluate("(it, to) => it.value = to", begun)
    page.locator("main [name=text]").fill("Voiko tulla illalla?")
    page.locator("main [name=email]").fill("liisa.virtanen@example.org")
    page.locator("main form[method=post] .button").first.click()
    page.wait_for_url("**/sent/")


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


def _exports(world: World) -> str:
    """The log of exports, for the coordinator as an auditor."""
    _changes_of(world)
    return import_pages.exports()


def _import(state: str, name: str = "site:staff_import") -> Callable[[World], str]:
    return lambda world: import_pages.path(world.course.institution, state, name)


def _permission_of(world: World, query: str = "") -> str:
    _stopped(world)
    return reverse("site:staff_permission", args=[world.user.person.pk]) + query


def _yesterday(world: World) -> str:
    moment = timezone.localtime() - DAY
    return _permission_of(world, f"?at={moment:%Y-%m-%dT%H:%M}")


def _pair(world: World) -> tuple[str, Person, Person]:
    """Two entries of one learner, both with something that differs; and their page."""
    number = Duplicate.objects.count()
    one = factories.person(f"anna.lahtinen{number}@example.org", name="Anna Lahtinen")
    two = factories.person(
        f"anna.lahtinen{number}@gmail.com", name="Anna Lahtinen-Koski", language="sv"
    )
    both_on = _run(world.course, 200 + number)
    for each in (one, two):
        factories.enrolment(both_on, each)
    signs = ["name_part", "local_same"]
    made = Duplicate.objects.create(left_person=one, right_person=two, score=60, reasons=signs)
    return reverse("site:staff_duplicate", args=[made.pk]), one, two


def _duplicates(world: World) -> str:
    _pair(world)
    twins = [factories.organisation(f"Tampereen Konepaja {end}") for end in ("Oy", "")]
    Duplicate.objects.create(
        left_organisation=twins[0], right_organisation=twins[1], score=60, reasons=["name_same"]
    )
    return reverse("site:staff_duplicates")


def _merge(world: World) -> str:
    _page, one, two = _pair(world)
    return reverse("site:staff_merge", args=[merging.merge(one, two, {}, by=world.coordinator).pk])


def _ask(world: World) -> Task:
    asker = questions.visitor("anna@example.org", name="Anna Virtanen", language="fi")
    about = questions.About(world.course.slug, str(world.course), world.course.institution_id)
    return questions.ask(asker, "Voiko tulla illalla?\n\nEntä etänä?", to=None, about=about)


def _mailed(world: World) -> str:
    """A question that came by mail, with what it quotes."""
    person = people.person_for("matti@example.org", name="Matti Meikäläinen", language="fi")
    letter = InboundMail.objects.create(
        person=person,
        kind=InboundMail.Kind.REPLY,
        sender=person.email,
        subject="Vs: Ilmoittautumisesi",
        text="Hei!\n\nVoiko tulla vielä yksi?\n\n> Ilmoittautumisesi on vahvistettu.",
        size=100,
        digest=f"{InboundMail.objects.count():064}",
    )
    tray.read(letter.pk)
    return reverse("site:staff_question", args=[letter.filing.task_id])


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


def _customer(world: World) -> str:
    customers.customer(world.user.person, world.coordinator)
    return customers.page_of_person(world.user.person)


def _organisation(world: World) -> str:
    company = customers.customer(world.user.person, world.coordinator)
    return reverse("site:staff_organisation", args=[company.pk])


def _restricted(_world: World) -> str:
    person = factories.person()
    ledger.restrict(person, method="form")
    return customers.page_of_person(person)


def _note(world: World) -> str:
    customers.customer(world.user.person, world.coordinator)
    return reverse("site:staff_note_edit", args=[world.user.person.encounters.earliest("at").pk])


def _tray(world: World) -> str:
    customers.customer(world.user.person, world.coordinator)
    customers.letter()
    return reverse("site:staff_tray")


def _tray_mail(world: World) -> str:
    customers.customer(world.user.person, world.coordinator)
    return reverse("site:staff_tray_mail", args=[customers.letter().pk])


def _looks(world: World) -> str:
    customers.customer(world.user.person, world.coordinator)
    return reverse("portal:looks")


def _write_nothing(page: Page) -> None:
    page.locator("form[action$='/notes/'] .button").click()
    page.locator(".error-summary").wait_for()


def _pause_for_too_long(page: Page) -> None:
    page.locator("[name=paused_until]").fill("2100-01-01")
    page.locator("main form .button").first.click()
    page.locator(".error-summary").wait_for()


def _konepaja(world: World) -> Organisation:
    """An organisation with all that its pages show; the pages share one world."""
    if known := Organisation.objects.filter(business_id="2077474-0").first():
        return known
    facts = Facts(
        name="Konepaja Oy",
        business_id="2077474-0",
        owner=world.course.institution,
        size="medium",
        domains=("konepaja.fi",),
        visiting=Place("Satamakatu 1", "33100", "Tampere"),
    )
    made = organisations.create(facts, by=world.coordinator)
    organisations.add_name(made, "Paja", "short")
    words = Words(kind="need", text="Tekoälyn käyttöönotto", since=timezone.localdate())
    situations.note(words, organisation=made, by=world.coordinator)
    factories.organisation("Järvitekniikka Oy")
    return made


def _anna(world: World) -> Person:
    """A person with a phone, a role and a motive."""
    if known := Person.objects.known_by("anna.virtanen@example.org").first():
        return known
    made = factories.contact(
        "anna.virtanen@example.org",
        _konepaja(world),
        name="Anna Virtanen",
        card={"title": "kehitysjohtaja", "source": "Messut"},
    )
    factories.contact(name="Bo Östman")
    contacts.add_phone(made.contact_card, "+358401234567", "mobile")
    words = Words(kind="motive", text="Haluaa oppia", since=timezone.localdate())
    situations.note(words, person=made, by=world.coordinator)
    return made


def _organisations(world: World) -> str:
    _konepaja(world)
    return reverse("site:staff_organisations")


def _people(world: World) -> str:
    _anna(world)
    return reverse("site:staff_people")


def _of_konepaja(name: str) -> Callable[[World], str]:
    return lambda world: reverse(name, args=[_konepaja(world).pk])


def _of_anna(name: str) -> Callable[[World], str]:
    return lambda world: reverse(name, args=[_anna(world).pk])


def _role(world: World) -> str:
    role = _anna(world).affiliations.get()
    role.rights = "admin"
    role.save()
    return reverse("site:staff_role", args=[role.pk])


def _situation(world: World) -> str:
    return reverse("site:staff_situation", args=[_anna(world).situations.get().pk])


def _look_over(page: Page) -> None:
    page.locator("[name=chosen]").first.check()
    page.locator(".customer-list__bulk button").click()
    page.locator(".customer-names").wait_for()
    page.locator("main form .button").click()
    page.locator(".error-summary").wait_for()


def _save_after_another(page: Page) -> None:
    page.locator("[name=title]").fill("toimitusjohtaja")
    ContactPerson.objects.update(title="johtaja", version=F("version") + 1)
    page.locator("main form .button").first.click()
    page.locator("#stale-title").wait_for()


def _path(url: str) -> str:
    return url.removeprefix(settings.BASE_URL)


def _codes(world: World) -> str:
    RecoveryCodes.activate(world.user)
    return reverse("mfa_view_recovery_codes")


def _passkeys(world: World) -> str:
    Authenticator.objects.get_or_create(
        user=world.user, type=Authenticator.Type.WEBAUTHN, defaults={"data": {"name": "Puhelin"}}
    )
    return reverse("mfa_list_webauthn")


def _enrol(world: World) -> str:
    return reverse("courses:run_enrol", args=[world.course.slug, world.run.pk])


def _today(world: World) -> str:
    """A question, something late, something due, a run with too few people, an address that is closed."""
    mine, now = {"assignee": world.coordinator}, timezone.now()
    person = world.user.person
    factories.task("Onko kurssi myös verkossa?", kind="question", person=person, due_at=now + DAY)
    factories.task("Soita Liisalle", person=person, due_at=now - 3 * DAY, **mine)
    factories.task("Lähetä tarjous", due_at=now, organisation=factories.organisation(), **mine)
    Run.objects.filter(pk=world.run.pk).update(minimum=8)
    _mail_of_staff(world)
    return reverse("site:staff")


def _task(world: World) -> str:
    task = factories.task("Soita Liisalle", person=world.user.person, assignee=world.coordinator)
    return reverse("site:staff_task", args=[task.pk])


def _unfold(page: Page) -> None:
    """A group of the menu opened."""
    page.locator(".staff-menu summary").first.click()


def _search(page: Page) -> None:
    page.locator("#staff-q").fill("virtanen")
    page.locator("#staff-q").press("Enter")
    page.locator("main .found__row").first.wait_for()


def _done(page: Page) -> None:
    """The row as it is afterwards; without JavaScript what happened is told at the top."""
    page.locator("form[action$='/done/'] .button").last.click()
    page.locator(".task-row--done, .messages").first.wait_for()


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
    "confirm-by-code": Walk(_at("account_reauthenticate_code"), as_staff=True),
    "factor-needed": Walk(_at("account_factor"), signed_in=True),
    "factors-none": Walk(_at("mfa_index"), as_staff=True),
    "factor-app": Walk(_at("mfa_activate_totp"), as_staff=True),
    "factor-app-wrong": Walk(_at("mfa_activate_totp"), as_staff=True, then=_send_empty),
    "factor-passkey": Walk(_at("mfa_add_webauthn"), as_staff=True),
    "factor-passkeys": Walk(_passkeys, signed_in=True),
    "factor-codes": Walk(_codes, signed_in=True),
    "factors": Walk(_at("mfa_index"), signed_in=True),
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
    "staff-today": Walk(_today, as_staff=True),
    "staff-today-done": Walk(_today, as_staff=True, then=_done),
    "staff-today-empty": Walk(_at("site:staff"), as_staff=True),
    "staff-keys": Walk(_at("site:staff_keys"), as_staff=True, then=_unfold),
    "staff-search": Walk(_at("site:staff_search"), as_staff=True, then=_search),
    "staff-tasks": Walk(lambda world: _task(world) and reverse("site:staff_tasks"), as_staff=True),
    "staff-tasks-empty": Walk(_at("site:staff_tasks"), as_staff=True),
    "staff-task": Walk(_task, as_staff=True),
    "staff-task-new": Walk(_at("site:staff_task_new"), as_staff=True),
    "staff-task-new-wrong": Walk(_at("site:staff_task_new"), as_staff=True, then=_send_empty),
    "ask": Walk(lambda world: reverse("portal:ask") + f"?course={world.course.slug}"),
    "ask-wrong": Walk(_at("portal:ask"), then=_send_empty),
    "asked": Walk(_at("portal:ask"), then=_ask_now),
    "staff-questions": Walk(_questions, as_staff=True),
    "staff-question": Walk(_question, as_staff=True),
    "staff-question-mail": Walk(_mailed, as_staff=True),
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
    "staff-duplicates": Walk(_duplicates, as_staff=True),
    "staff-duplicate": Walk(lambda world: _pair(world)[0], as_staff=True),
    "staff-merges": Walk(
        lambda world: _merge(world) and reverse("site:staff_merges"), as_staff=True
    ),
    "staff-merge": Walk(_merge, as_staff=True),
    "staff-templates": Walk(_at("site:staff_templates"), as_staff=True),
    "staff-template": Walk(
        _at("site:staff_template", args=["mailing", "newsletter"]), as_staff=True
    ),
    "staff-organisations": Walk(_organisations, as_staff=True),
    "staff-organisations-columns": Walk(
        lambda world: f"{_organisations(world)}?columns=size&columns=owner&sort=-name",
        as_staff=True,
    ),
    "staff-organisation-new": Walk(_at("site:staff_organisation_new"), as_staff=True),
    "staff-organisation-new-wrong": Walk(
        _at("site:staff_organisation_new"), as_staff=True, then=_send_empty
    ),
    "staff-organisation-edit": Walk(_of_konepaja("site:staff_organisation_edit"), as_staff=True),
    "staff-bulk-wrong": Walk(_organisations, as_staff=True, then=_look_over),
    "staff-person-new": Walk(_at("site:staff_person_new"), as_staff=True),
    "staff-person-edit": Walk(_of_anna("site:staff_person_edit"), as_staff=True),
    "staff-person-edit-wrong": Walk(
        _of_anna("site:staff_person_edit"), as_staff=True, then=_save_after_another
    ),
    "staff-role": Walk(_role, as_staff=True),
    "staff-situation": Walk(_situation, as_staff=True),
    "staff-people": Walk(_at("site:staff_people"), as_staff=True),
    "staff-imports": Walk(_at("site:staff_imports"), as_staff=True),
    "staff-import-new": Walk(_at("site:staff_import_new"), as_staff=True),
    "staff-import-wrong": Walk(_at("site:staff_import_new"), as_staff=True, then=_send_empty),
    "staff-import-columns": Walk(_import("read"), as_staff=True),
    "staff-import-mapped": Walk(_import("mapped"), as_staff=True),
    "staff-import-tried": Walk(_import("checked"), as_staff=True),
    "staff-import-going": Walk(_import("importing"), as_staff=True),
    "staff-import-done": Walk(_import("done"), as_staff=True),
    "staff-import-rows": Walk(_import("checked", "site:staff_import_rows"), as_staff=True),
    "staff-exports": Walk(_exports, as_staff=True),
    "staff-permission": Walk(_permission_of, as_staff=True),
    "staff-permission-past": Walk(_yesterday, as_staff=True),
    "staff-permission-wrong": Walk(_permission_of, as_staff=True, then=_say_nothing),
    "staff-audit": Walk(_changes_of, as_staff=True),
    "staff-person": Walk(_customer, as_staff=True),
    "staff-person-wrong": Walk(_customer, as_staff=True, then=_write_nothing),
    "staff-person-restricted": Walk(_restricted, as_staff=True),
    "staff-organisation": Walk(_organisation, as_staff=True),
    "staff-note": Walk(_note, as_staff=True),
    "staff-tray": Walk(_tray, as_staff=True),
    "staff-tray-mail": Walk(_tray_mail, as_staff=True),
    "looks": Walk(_looks, signed_in=True),
    "staff-health": Walk(_at("site:staff_health"), as_staff=True),
    "not-found": Walk(lambda world: "/fi/tekoaly-esihenkilon/"),
    "styleguide": Walk(_at("site:styleguide")),
}


def sign_in(context: BrowserContext, url: str, user: User) -> None:
    """Give the browser a signed-in session."""
    client = Client()
    client.force_login(user)
    context.add_cookies(
        [
            {"name": name, "value": morsel.value, "url": url}
            for name, morsel in client.cookies.items()
        ]
    )
