"""Who of the demo's staff answers whom, when they are reached and away, and what customers have asked (C5)."""

from datetime import date, timedelta
from functools import partial

from accounts.models import Institution, User
from consent.models import Person
from courses.models import Course
from crm import absences, named_contacts, promises, questions
from crm.models import ContactRule, Task
from crm.questions import About, Asker
from portal.demo import agenda, content
from portal.demo.calendar import Calendar, Step

HOURS = {
    "hours": {
        "fi": "ma–pe klo 9–15",
        "sv": "må–fre kl. 9–15",
        "en": "Mon–Fri 9:00–15:00",
    }
}
SHARES = {"henrik-lindroos": 50, "samuel-bergman": 50}  # per cent; the others have all
AWAY, DEPUTY = "samuel-bergman", "minna-ahopelto"
SALES = "sales@example.org"
SELLER = {
    "title": {
        "fi": "asiakkuuspäällikkö",
        "sv": "kundansvarig",
        "en": "Key Account Manager",
    }
}
SELLERS_PHONE = "040 123 4520"
LEENA = "learner@example.org"


def make(today: date, staff: dict[str, User]) -> None:
    """Hours, a rule for each named contact at their institution, one absence, and somebody for every customer."""
    for slug, user in staff.items():
        User.objects.filter(pk=user.pk).update(**content.texts(HOURS, "hours"))
        institution = Institution.objects.get(staff_roles__user=user)
        ContactRule.objects.create(user=user, institution=institution, share=SHARES.get(slug, 100))
    texts = {**content.texts(HOURS, "hours"), **content.texts(SELLER, "title")}
    User.objects.filter(email=SALES).update(phone=SELLERS_PHONE, **texts)
    absences.mark(staff[AWAY], today - timedelta(days=2), today + timedelta(days=4), staff[DEPUTY])
    agenda.take_on(User.objects.get(email=SALES))
    named_contacts.settle_missing()


def steps(calendar: Calendar) -> list[Step]:
    """What was asked and answered: in time, by phone, and what is open on the first morning."""
    return [
        step
        for entry in content.entries("questions.toml", "question")
        for step in of_question(entry, calendar)
    ]


def of_question(entry: content.Entry, calendar: Calendar) -> list[Step]:
    """The asking, and the answering where there is one."""
    asked = calendar.ago(entry["days"], entry["at"])
    if "answer" not in entry:
        stands = promises.promised_by(asked) > calendar.now
        return [Step(asked if stands else calendar.ago(0), partial(ask, entry))]
    answered = calendar.ago(entry["answered_days"], entry["answered_at"])
    return [Step(asked, partial(ask, entry)), Step(answered, partial(answer, entry))]


def ask(entry: content.Entry) -> Task:
    course = Course.objects.select_related("contact").get(slug=entry["course"])
    to = User.objects.get(email=entry["to"]) if "to" in entry else course.contact
    about = About(course.slug, course.title, course.institution_id)
    return questions.ask(asker(entry), entry["text"], to=to, about=about)


def asker(entry: content.Entry) -> Asker:
    """Leena, signed in, or somebody who has never been here."""
    if entry["email"] == LEENA:
        leena = Person.objects.known_by(LEENA).get()
        return Asker(leena, LEENA, "fi", is_proven=True)
    return questions.visitor(entry["email"], name=entry["name"], language=entry["language"])


def answer(entry: content.Entry) -> None:
    task = Task.objects.filter(what=questions.first_line(entry["text"])).latest("pk")
    assert task.assignee is not None  # noqa: S101  every course of the demo has a contact
    if entry.get("by_phone"):
        questions.answer_by_phone(task, entry["answer"], by=task.assignee)
    else:
        questions.answer(task, entry["answer"], by=task.assignee)
