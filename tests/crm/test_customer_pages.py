"""A customer on one page: who, may I contact them and why, what next, what happened (C2.1, A1.6)."""

import pytest

from accounts.roles import TABLE, Permission, Role
from consent import emptying, ledger, people, subjects
from consent.models import Person
from courses.models import Run
from crm import answering, notes, overview, tasks, timeline
from crm.models import (
    Absence,
    Affiliation,
    ContactPerson,
    ContactPhone,
    Encounter,
    NamedContact,
    Situation,
    Task,
)
from crm.notes import Note
from tests import factories
from tests.crm.conftest import ENGLISH, days_ago, dom, page_of, see, words
from tests.factories import DAY, NOW, TODAY

pytestmark = pytest.mark.django_db


# --- who comes in ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, *Role])
def test_every_role_sees_what_the_table_gives(client, role, tamk, anna, konepaja):
    client.force_login(factories.staff(tamk, role) if role else factories.user())
    allowed = TABLE[role] if role else frozenset()
    expected = 200 if Permission.SEE_CUSTOMERS in allowed else 403
    assert client.get(page_of(anna)).status_code == expected
    assert client.get(page_of(konepaja)).status_code == expected
    audits = 200 if Permission.SEE_AUDIT in allowed else 403
    assert client.get(f"{page_of(anna)}looks/").status_code == audits


def test_a_visitor_is_asked_to_sign_in(client, anna):
    assert "/login/" in client.get(page_of(anna)).headers["Location"]


def test_nobody_is_404(client, seller):
    assert client.get("/staff/people/99999/").status_code == 404
    assert client.get("/staff/organisations/99999/").status_code == 404


def test_who_may_only_read_has_no_forms(client, tamk, anna, noon):
    tasks.give("Soita", due_at=NOW, by=None, about=anna)
    client.force_login(factories.staff(tamk, "auditor"))
    page = dom(client.get(page_of(anna)))
    assert page.xpath("//main//form[@method='post']") == []


# --- who they are ---------------------------------------------------------------------------


def test_the_head_names_person_title_and_organisation(client, seller, anna, konepaja):
    Affiliation.objects.update(title="henkilöstöjohtaja")
    page = dom(client.get(page_of(anna), headers=ENGLISH))
    assert page.xpath("//h1/text()") == ["Anna Virtanen"]
    assert page.xpath("//main//a[.='Konepaja Oy']/@href")[0] == page_of(konepaja)
    assert "henkilöstöjohtaja, Konepaja Oy" in words(client.get(page_of(anna)))


def test_phones_are_called_and_addresses_written_to_with_one_press(client, seller, anna):
    card = ContactPerson.objects.create(person=anna, languages=["fi", "sv"])
    ContactPhone.objects.create(contact=card, number="+358401234567", is_primary=True)
    page = dom(client.get(page_of(anna)))
    assert page.xpath("//a[@href='tel:+358401234567']/text()") == ["040\N{NO-BREAK SPACE}1234567"]
    assert page.xpath("//a[@href='mailto:anna@konepaja.fi']")


def test_languages_are_called_by_their_own_names(client, seller, anna):
    ContactPerson.objects.create(person=anna, languages=["fi", "sv"])
    assert "Languages suomi, svenska" in see(client, anna)


def test_a_closed_address_is_struck_through_and_not_a_link(client, seller, anna, noon):
    people.close_address(anna.addresses.get(), "hard_bounce", now=NOW)
    page = dom(client.get(page_of(anna), headers=ENGLISH))
    assert page.xpath("//main//s")[0].text_content() == "anna@konepaja.fi"
    assert not page.xpath("//a[starts-with(@href, 'mailto:anna')]")
    assert "No Their own matters" in see(client, anna)


def test_former_organisations_are_told_with_their_days(client, seller, anna, konepaja):
    Affiliation.objects.update(since=days_ago(800), until=days_ago(400), title="hitsaaja")
    seen = see(client, anna)
    assert "Before Konepaja Oy, hitsaaja, Sat 14 Sep 2024 – Sun 19 Oct 2025" in seen
    assert "Anna Virtanen Sat 14 Sep" in see(client, konepaja).replace(",", "")


def test_the_named_contact_is_told_with_the_deputy_of_today(client, seller, anna, konepaja, noon):
    assert "Named contact Nobody yet." in see(client, anna)
    NamedContact.objects.create(organisation=konepaja, user=seller, chosen="hand")
    deputy = factories.staff(None, "sales", "sijainen@example.org", name="Sirpa Sijainen")
    Absence.objects.create(user=seller, since=TODAY, until=TODAY + 3 * DAY, deputy=deputy)
    expected = "Named contact Matti Myyjä Away: Sirpa Sijainen answers today."
    assert expected in see(client, anna)
    assert expected in see(client, konepaja)


def test_a_persons_own_named_contact_comes_before_the_organisations(anna, konepaja, seller, noon):
    own = factories.staff(None, "sales", "oma@example.org", name="Oma")
    NamedContact.objects.create(organisation=konepaja, user=seller, chosen="rule")
    assert answering.of(anna) == (seller, seller)
    NamedContact.objects.create(person=anna, user=own, chosen="hand")
    assert answering.of(anna) == (own, own)


# --- may I call, may I write ------------------------------------------------------------------


def test_what_nobody_has_said_anything_of(client, seller, anna, tamk):
    seen = see(client, anna)
    assert (
        "Call No phone number is known. Yes Their own matters"
        " It belongs to something the person has ordered or asked for." in seen
    )
    assert (
        "Yes Newsletter; Similar training: TAMK"
        " A call or a letter is allowed until the person refuses it." in seen
    )
    assert "No Newsletter; Similar training: TAMK The person has not given permission." in seen


def test_the_answer_has_the_event_and_its_day(client, seller, anna, tamk, noon):
    digi = factories.topic("digi")
    factories.grant(anna, topic=digi)
    factories.sale(anna, tamk)
    ledger.withdraw(anna, "newsletter", channel="phone", method="form")
    seen = see(client, anna)
    assert "Yes Newsletter: Digi The person has given consent. Mon 23 Nov 2026." in seen
    assert (
        "Yes Similar training: TAMK The person has bought training from this institution"
        " and has not refused similar offers. Mon 23 Nov 2026." in seen
    )
    assert "No Newsletter; Newsletter: Digi The person has said no to this. Mon 23" in seen


def test_institutions_alike_stand_after_one_another(client, seller, anna, tamk):
    factories.institution("tay")
    seen = see(client, anna)
    assert "No Newsletter; Similar training: TAMK, TAY The person has not" in seen


def test_a_question_among_the_tasks_leads_to_its_answer(client, seller, anna):
    question = tasks.give("Voiko?", due_at=NOW, by=None, about=anna, kind="question")
    tasks.give("Soita", due_at=NOW, by=None, about=anna)
    page = dom(client.get(page_of(anna)))
    assert page.xpath("//main//li[@class='to-do']/a/@href") == [f"/staff/questions/{question.pk}/"]
    done = page.xpath("//main//li[@class='to-do']/form/@action")
    assert done == [f"/staff/tasks/{Task.objects.get(what='Soita').pk}/done/"]


def test_an_objection_leaves_their_own_matters_alone(client, seller, anna, noon):
    ledger.object_to_marketing(anna, method="reply")
    seen = see(client, anna)
    assert seen.count("The person has objected to all marketing. Mon 23 Nov 2026.") == 2
    assert seen.count("Yes Their own matters") == 2
    assert seen.count("Yes ") == 2


# --- what they are on, to do, situations --------------------------------------------------------


def test_courses_of_the_readers_institutions_are_shown(client, seller, anna, noon):
    factories.enrolment(factories.run(factories.course("Tekoäly")), anna)
    elsewhere = factories.course("Muualla", institution=factories.institution("tty"))
    factories.enrolment(factories.run(elsewhere), anna)
    seen = see(client, anna)
    assert "Courses Tekoäly Mon 7 Dec 2026 · confirmed · TAMK" in seen
    assert "Muualla" not in seen


def test_an_organisations_own_runs_are_shown(client, seller, konepaja, noon):
    run = factories.run(factories.course("Hitsaus"), kind=Run.Kind.COMPANY, organisation=konepaja)
    assert f"Own runs {run.course.title}" in see(client, konepaja)


def test_a_task_is_done_with_one_press(client, seller, anna, noon):
    task = tasks.give("Lähetä tarjous", due_at=NOW + DAY, by=seller, assignee=seller, about=anna)
    page = dom(client.get(page_of(anna), headers=ENGLISH))
    (action,) = page.xpath("//form[.//button[@aria-label='Done: Lähetä tarjous']]/@action")
    here = f"http://testserver{page_of(anna)}"
    answer = client.post(action, {"version": task.version}, headers={"referer": here})
    assert (answer.status_code, answer.headers["Location"]) == (302, here)
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (NOW, seller)
    assert "To do Nothing." in see(client, anna)


def test_situations_that_hold_are_shown(client, seller, anna, noon):
    for text, until in (("Fuusio meneillään", None), ("Vanha", TODAY - DAY)):
        Situation.objects.create(
            person=anna, kind="situation", text=text, since=TODAY - 90 * DAY, until=until
        )
    seen = see(client, anna)
    assert "Fuusio meneillään Situation, since Tue 25 Aug 2026" in seen
    assert "Vanha" not in seen


def test_an_organisations_people_are_told(client, seller, anna, konepaja):
    Affiliation.objects.update(title="johtaja", decision_power="decides")
    seen = see(client, konepaja)
    assert "People Anna Virtanen, johtaja member, decides" in seen


# --- who is not shown ---------------------------------------------------------------------------


def test_no_number_of_steps_hides_a_question_nor_questions_a_step_that_is_late(
    client, seller, anna, konepaja, noon
):
    NamedContact.objects.create(organisation=konepaja, user=seller, chosen="rule")
    for number in range(21):
        factories.task(f"Vanha {number}", person=anna, due_at=days_ago(9), assignee=seller)
    asked = factories.task("Mitä maksaa?", kind="question", person=anna, due_at=days_ago(-1))
    assert "Answer: Mitä maksaa?" in see(client, anna)
    found = overview.of_person(anna, now=NOW)
    assert (len(found.tasks), found.tasks[-1]) == (21, asked)
    assert found.next_step.task == asked
    for number in range(20):
        factories.task(f"Kysymys {number}", kind="question", person=anna, due_at=days_ago(10))
    kinds = [each.kind for each in overview.of_person(anna, now=NOW).tasks]
    assert kinds == ["question"] * 20 + ["step"] * 20


def rule_for(organisation):
    return overview.of_organisation(organisation, now=NOW).next_step.rule


def test_an_organisation_is_reached_by_one_of_its_people_of_now(seller, anna, konepaja, noon):
    NamedContact.objects.create(organisation=konepaja, user=seller, chosen="rule")
    assert rule_for(konepaja) == "never_talked"
    closed = {"closed_at": NOW, "closed_because": "hard_bounce"}
    anna.addresses.update(**closed)
    assert rule_for(konepaja) == "unreachable"
    card = ContactPerson.objects.create(person=anna)
    phone = ContactPhone.objects.create(contact=card, number="+358401234567")
    assert rule_for(konepaja) == "never_talked"
    phone.delete()
    former = factories.contact("entinen@konepaja.fi", konepaja)
    former.affiliations.update(until=NOW)
    assert rule_for(konepaja) == "unreachable"
    general = factories.contact("info@konepaja.fi", konepaja, kind=Person.Kind.ORGANISATION)
    assert rule_for(konepaja) == "never_talked"
    ledger.restrict(general, method="form")
    assert rule_for(konepaja) == "unreachable"


def test_a_restricted_person_is_not_shown_but_who_lifts_it(client, seller, anna, konepaja, noon):
    timeline.record("courses.enrolled", person=anna, title="Salainen")
    ledger.restrict(anna, method="form")
    seen = see(client, anna)
    assert "Processing restricted" in seen
    assert "Restricted since Mon 23 Nov 2026." in seen
    assert "Only whoever answers for data protection lifts the restriction" in seen
    for hidden in ("Anna", "Salainen", "anna@konepaja.fi", "Konepaja", "Write down"):
        assert hidden not in seen
    ledger.release(anna, method="form")
    assert "Anna Virtanen" in see(client, anna)


def test_nor_is_a_restricted_person_on_their_organisations_page(
    client, seller, anna, konepaja, noon
):
    """Neither among its people nor on its timeline, whether the note is about her there or about her alone (GDPR Art. 18)."""
    Affiliation.objects.update(since=days_ago(9))
    for text, whose in (
        ("Neuvottelu Annan kanssa", {"person": anna, "organisation": konepaja}),
        ("Annan oma puhelu", {"person": anna}),
        ("Talon oma asia", {"organisation": konepaja}),
    ):
        notes.add(Note(kind="crm.call", text=text), by=seller, **whose)
    shown = ("Anna Virtanen", "Neuvottelu Annan kanssa", "Annan oma puhelu", "Talon oma asia")
    assert [each in see(client, konepaja) for each in shown] == [True, True, True, True]
    ledger.restrict(anna, method="form")
    assert [each in see(client, konepaja) for each in shown] == [False, False, False, True]
    ledger.release(anna, method="form")
    assert [each in see(client, konepaja) for each in shown] == [True, True, True, True]


def test_nothing_is_written_about_a_restricted_person(client, seller, anna, noon):
    ledger.restrict(anna, method="form")
    answer = client.post(f"{page_of(anna)}notes/", {"kind": "crm.call", "text": "Soitto"})
    assert answer.status_code == 409
    assert not Encounter.objects.exists()


def test_an_erased_person_is_gone(client, seller, anna, noon):
    factories.enrolment(factories.run(), anna)
    emptying.empty(subjects.known_by("anna@konepaja.fi"))
    assert client.get(page_of(anna)).status_code == 404


def test_of_somebody_emptied_whose_row_must_stay_nothing_is_left(client, seller, noon):
    emptied = Person.objects.create()
    assert "This person’s data were erased" in see(client, emptied, status=410)
    note = client.post(f"{page_of(emptied)}notes/", {"kind": "crm.note", "text": "Hei"})
    assert note.status_code == 410
    assert not Encounter.objects.exists()


# --- how many queries -----------------------------------------------------------------------------


@pytest.fixture
def long_history(anna, konepaja, seller, tamk):
    """2,000 encounters of the person and the organisation, and one of everything else there is."""
    kinds = [kind.name for kind in timeline.written()]
    Encounter.objects.bulk_create(
        Encounter(
            kind=kinds[no % len(kinds)],
            person=anna,
            organisation=konepaja if no % 2 else None,
            text=f"Kohtaaminen {no}",
            by=seller,
            at=days_ago(no),
        )
        for no in range(1, 2001)
    )
    card = ContactPerson.objects.create(person=anna, title="johtaja")
    ContactPhone.objects.create(contact=card, number="+358401234567")
    NamedContact.objects.create(organisation=konepaja, user=seller, chosen="rule")
    factories.grant(anna, topic=factories.topic("digi"))
    factories.enrolment(factories.run(), anna)
    notes.add(Note("crm.call", "Soitto", step=notes.Step("Soita taas")), person=anna, by=seller)
    Situation.objects.create(person=anna, kind="need", text="Tekoäly", since=TODAY)


PERSON_QUERIES, ORGANISATION_QUERIES = 26, 24  # one of each writes the looks down


def test_a_person_with_two_thousand_encounters(
    client, long_history, anna, noon, django_assert_num_queries
):
    client.get(page_of(anna))
    with django_assert_num_queries(PERSON_QUERIES):
        client.get(page_of(anna))


def test_an_organisation_with_two_thousand_encounters(
    client, long_history, konepaja, noon, django_assert_num_queries
):
    client.get(page_of(konepaja))
    with django_assert_num_queries(ORGANISATION_QUERIES):
        client.get(page_of(konepaja))
