"""Every look at a person's data is written down, and shown to that person on request (E3.5; GDPR Art. 15).

A page on one person, or on a few side by side, is a look at each, and so is what was noted of somebody, wherever it is
read; a list that names many is none. The look is written by the function that draws the page, whatever its status.
"""

from collections.abc import Iterable

from django.db import connection

from accounts.models import StaffRole, User
from accounts.roles import Permission, permissions_of
from consent.models import Person
from crm.models import Attachment, ContactPhone, Filing, Look

# what leads to the person where the row itself does not
THROUGH: dict[type, str] = {ContactPhone: "contact", Attachment: "encounter", Filing: "mail"}

# one statement for them all, and one row each however often the page is opened within the hour
LOOK = """
INSERT INTO crm_look (person_id, by_id, role, institution_id, page, at)
SELECT id, %(by)s, %(role)s, %(institution)s, %(page)s, portal_now() FROM consent_person
WHERE id = ANY (%(people)s) AND user_id IS DISTINCT FROM %(by)s AND NOT EXISTS (
  SELECT FROM crm_look WHERE person_id = consent_person.id AND by_id = %(by)s AND page = %(page)s
    AND at > portal_now() - make_interval(secs => %(seconds)s))
"""


def look(person: Person, by: User, page: str = Look.Page.PERSON) -> None:
    """Write down that the member of staff opens the page on the person, by which role and of which institution.

    Within an hour the same page counts once. Whoever looks at their own data is not written down.
    """
    look_at_each([person.pk], by, page)


def look_at_each(people: Iterable[int], by: User, page: str = Look.Page.PERSON) -> None:
    """The same for each of the people, by their keys; one statement, and none for nobody."""
    keys = sorted(set(people))
    if not keys:
        return
    role = role_of(by)
    with connection.cursor() as cursor:
        cursor.execute(
            LOOK,
            {
                "people": keys,
                "by": by.pk,
                "role": role.role if role else "",
                "institution": role.institution_id if role else None,
                "page": page,
                "seconds": Look.COUNTED_ONCE.total_seconds(),
            },
        )


def look_at(row: object, by: User) -> None:
    """The same for the person whom a row of the register is about, where there is one."""
    if (person := whose(row)) is not None:
        look(person, by)


def look_at_all(rows: Iterable[object], by: User) -> None:
    """The same for each of the people whom the rows are about, once."""
    look_at_each({person.pk for each in rows if (person := whose(each))}, by)


def whose(row: object) -> Person | None:
    """The person a row is about: their card, a phone or role of theirs, a note, a file of it, a task, a question.

    A user is somebody who did something or is to do it: `look_at_user` is for their own page.
    """
    if isinstance(row, User):
        return None
    if row is None or isinstance(row, Person):
        return row
    return whose(getattr(row, THROUGH.get(type(row), "person"), None))


def look_at_user(user: User, by: User) -> None:
    """The same for the person who signs in as the user, where they are known as one."""
    look_at(Person.objects.filter(user=user).first(), by)


def role_of(user: User) -> StaffRole | None:
    """The role by which the user may see people, else their first, by which they see whoever they see; none for a superuser."""
    allowed = {Permission.SEE_CUSTOMERS, Permission.SEE_PEOPLE}
    roles = list(user.staff_roles.all())
    seeing = [each for each in roles if allowed & permissions_of(each.role)]
    return next(iter(seeing or roles), None)


def forget() -> int:
    """Delete the looks that are older than a year; how many."""
    count, _models = Look.objects.spent().delete()
    return count
