"""“Ask me”: a question in words to who answers, by anybody; works without JavaScript and without signing in (C5.2)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from courses import contacts
from courses.contacts import Contact
from courses.models import Course
from crm import answering, questions
from crm.forms.asking import AskForm, ask_form
from crm.models import Task
from crm.questions import About, Asker
from mailing.http import is_within, too_many

ASKED = "asked"  # in the session: the key of what was asked last, for the page that says by when the answer comes


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The card of who answers, and the form; `course` is what it is about. What a program fills in goes nowhere."""
    course = course_of(request)
    form = ask_form(request.user, course=course.slug if course else "", data=request.POST or None)
    if request.method != "POST":
        return page(request, course, form)
    if form.is_by_program:
        return done(course)
    if not form.is_valid():
        return page(request, course, form, status=422)
    if not may_ask(request, form):
        return too_many(request)
    contact = contact_of(request, course)
    to = User.objects.filter(pk=contact.user).first() if contact.user else None
    text = form.cleaned_data["text"]
    task = questions.ask(asker(request, form), text, to=to, about=about(course))
    request.session[ASKED] = task.pk
    return done(course)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """By when the answer comes, as it was promised; who has asked nothing comes to the form."""
    course = course_of(request)
    task = Task.objects.questions().filter(pk=request.session.get(ASKED) or 0).first()
    if task is None:
        return to_page("portal:ask", course)
    context = {"contact": contact_of(request, course), "answers_by": task.due_at}
    return render(request, "portal/asked.html", context)


def page(
    request: HttpRequest, course: Course | None, form: AskForm, *, status: int = 200
) -> HttpResponse:
    context = {"course": course, "contact": contact_of(request, course), "form": form}
    return render(request, "portal/ask.html", context, status=status)


def done(course: Course | None) -> HttpResponse:
    return to_page("portal:asked", course)


def to_page(name: str, course: Course | None) -> HttpResponse:
    query = f"?{urlencode({'course': course.slug})}" if course else ""
    return redirect(reverse(name) + query)


def course_of(request: HttpRequest) -> Course | None:
    """The course the question is about, if the reader may know of it; none for what can be no course's address."""
    slug = (request.POST if request.method == "POST" else request.GET).get("course", "")
    if "\0" in slug:  # no form looks it over, and the database takes none
        return None
    courses = Course.objects.visible_to(request.user)
    return courses.select_related("contact", "institution__contact").filter(slug=slug).first()


def contact_of(request: HttpRequest, course: Course | None) -> Contact:
    """Who answers: about a course its contact; else the reader's own, or the catalogue's."""
    if course is not None:
        return contacts.of_course(course)
    own = answering.card_of_user(request.user) if isinstance(request.user, User) else None
    return own or contacts.of_catalogue()


def about(course: Course | None) -> About:
    return About(course.slug, str(course), course.institution_id) if course else About()


def asker(request: HttpRequest, form: AskForm) -> Asker:
    """Who is signed in, or whoever the form names."""
    language = request.LANGUAGE_CODE
    if isinstance(request.user, User):
        return questions.member(request.user, language=language)
    typed = form.cleaned_data
    return questions.visitor(typed["email"], name=typed["name"], language=language)


def may_ask(request: HttpRequest, form: AskForm) -> bool:
    """Count the question against the limits: of the visitor's network, and of the address or the user."""
    if not is_within(request, "question"):
        return False
    if isinstance(request.user, User):
        return is_within(request, "question_from_user", str(request.user.pk))
    return is_within(request, "question_from_address", form.cleaned_data["email"])
