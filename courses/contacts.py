"""The one to ask about a course: a named person where there is one, else the institution, else the site."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Institution, User
from courses.models import Course
from courses.texts import shown_of

Institutional = Mapping[str, str | None]


@dataclass(frozen=True)
class Contact:
    """Somebody who answers."""

    name: str
    title: str
    email: str
    phone: str


def of_course(course: Course) -> Contact:
    """Needs the course's `contact`, `institution` and `institution__contact`."""
    if course.contact:
        return _person(course.contact, course.institution)
    return _institution(course.institution)


def of_catalogue(chosen: Collection[str] = ()) -> Contact:
    """The contact of the one institution chosen, else of the first that names somebody."""
    institutions = Institution.objects.select_related("contact").order_by("slug")
    if len(chosen) == 1:
        institutions = institutions.filter(slug__in=chosen)
    else:
        institutions = institutions.filter(contact__isnull=False)
    first = institutions.first()
    return _institution(first) if first else _site()


def among(
    institutions: Mapping[str, Institutional], chosen: Collection[str], reader: str
) -> Contact:
    """The same from what the catalogue's statement says of institutions, by slug."""
    if len(chosen) == 1 and (only := institutions.get(next(iter(chosen)))):
        return _from_facts(only, reader)
    named = (facts for facts in institutions.values() if facts["person"])
    first = next(named, None)
    return _from_facts(first, reader) if first else _site()


def _from_facts(facts: Institutional, reader: str) -> Contact:
    if name := facts["person"]:
        title = ", ".join(filter(None, [shown_of(facts, "title_", reader).text, facts["name"]]))
        return Contact(name, title, facts["person_email"] or "", facts["person_phone"] or "")
    if email := facts["email"]:
        return Contact(shown_of(facts, "full_", reader).text, "", email, facts["phone"] or "")
    return _site()


def _person(user: User, institution: Institution) -> Contact:
    title = ", ".join(filter(None, [user.title, institution.short_name]))
    return Contact(user.name, title, user.email, user.phone)


def _institution(institution: Institution) -> Contact:
    if institution.contact:
        return _person(institution.contact, institution)
    if institution.email:
        return Contact(institution.name, "", institution.email, institution.phone)
    return _site()


def _site() -> Contact:
    return Contact(
        settings.SITE_NAME, _("Customer service"), settings.CONTACT_EMAIL, settings.CONTACT_PHONE
    )
