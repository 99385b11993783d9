"""The one to ask about a course: who answers today for its named person, else for the institution's, else the site (C5.2).

Who answers for whom, and what a page shows of them, is `crm.answering`; here is only which of staff is asked.
"""

from collections.abc import Collection, Mapping
from datetime import date

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Institution, User
from courses.models import Course
from courses.texts import shown_of
from crm import answering, promises
from crm.answering import Contact

Institutional = Mapping[str, str | None]
__all__ = ["Contact", "among", "asked_about", "of_catalogue", "of_course", "site"]


def of_course(course: Course, *, on: date | None = None) -> Contact:
    """Needs the course's `contact`, `institution` and `institution__contact`; one statement where somebody is named."""
    asked, answers = asked_about(course, on=on)
    if answers is not None:
        return answering.card(answers, asked=asked, of_whom=course.institution.short_name)
    return _general(course.institution)


def asked_about(course: Course, *, on: date | None = None) -> tuple[User | None, User | None]:
    """Whom the course or its institution names, and who answers today; nobody where nobody is named, or all are gone."""
    for asked in (course.contact, course.institution.contact):
        answers = answering.on_behalf_of(asked, on=on)
        if answers is not None:
            return asked, answers
    return None, None


def of_catalogue(chosen: Collection[str] = (), *, on: date | None = None) -> Contact:
    """The contact of the one institution chosen, else of the first that names somebody."""
    institutions = Institution.objects.select_related("contact").order_by("slug")
    if len(chosen) == 1:
        institutions = institutions.filter(slug__in=chosen)
    else:
        institutions = institutions.filter(contact__isnull=False)
    first = institutions.first()
    if first is None:
        return site()
    answers = answering.on_behalf_of(first.contact, on=on)
    if answers is None:
        return _general(first)
    return answering.card(answers, asked=first.contact, of_whom=first.short_name)


def among(
    institutions: Mapping[str, Institutional], chosen: Collection[str], reader: str
) -> Contact:
    """The same from what the catalogue's statement says of institutions, by slug."""
    if len(chosen) == 1 and (only := institutions.get(next(iter(chosen)))):
        return _from_facts(only, reader)
    named = (facts for facts in institutions.values() if facts["person"])
    first = next(named, None)
    return _from_facts(first, reader) if first else site()


def _from_facts(facts: Institutional, reader: str) -> Contact:
    if name := facts["person"]:
        title = ", ".join(filter(None, [shown_of(facts, "title_", reader).text, facts["name"]]))
        picture = facts["picture"]
        return Contact(
            name,
            title,
            facts["person_email"] or "",
            facts["person_phone"] or "",
            hours=shown_of(facts, "hours_", reader).text,
            picture=default_storage.url(picture) if picture else "",
            instead_of=facts["instead_of"] or "",
            answers_by=promises.promised_by(timezone.now()),
        )
    if email := facts["email"]:
        return Contact(shown_of(facts, "full_", reader).text, "", email, facts["phone"] or "")
    return site()


def _general(institution: Institution) -> Contact:
    """The institution's own address, where it has one."""
    if institution.email:
        return Contact(institution.name, "", institution.email, institution.phone)
    return site()


def site() -> Contact:
    """The portal's own customer service."""
    return Contact(
        settings.SITE_NAME, _("Customer service"), settings.CONTACT_EMAIL, settings.CONTACT_PHONE
    )
