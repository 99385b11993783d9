"""Who asked for a code and never came is forgotten after a week; whoever has left a trace stays."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import users
from accounts.models import User
from consent import people
from consent.models import Person
from mailing import outbox
from mailing.models import Delivery, Message
from portal import tasks, tidying
from tests import factories

pytestmark = pytest.mark.django_db


def asked(email, *, days=8):
    """Somebody asked for a code for this address so many days ago."""
    user = users.user_for(email, language="fi")
    person = people.person_for(email)
    outbox.queue("accounts/code", person, {"what": "sign_in"}, to=email)
    then = timezone.now() - timedelta(days=days)
    User.objects.filter(pk=user.pk).update(date_joined=then)
    Person.objects.filter(pk=person.pk).update(created_at=then)
    return user, person


def left():
    return (User.objects.count(), Person.objects.count(), Delivery.objects.count())


def test_who_never_came_is_forgotten_with_their_mails():
    asked("anna@example.org")
    tasks.tidy()
    assert left() == (0, 0, 0)
    assert not EmailAddress.objects.exists()
    assert not Message.objects.exists()


def test_a_week_is_waited():
    asked("anna@example.org", days=6)
    tasks.tidy()
    assert left() == (1, 1, 1)


def test_who_came_stays():
    user, _ = asked("anna@example.org")
    EmailAddress.objects.update(verified=True)
    people.person_of(user)
    tasks.tidy()
    assert left() == (1, 1, 1)


@pytest.mark.parametrize(
    "fact", [{"is_staff": True}, {"password": "argon2$x"}, {"last_login": timezone.now()}]
)
def test_a_user_made_in_another_way_stays(fact):
    asked("anna@example.org")
    User.objects.update(**fact)
    assert users.forget_who_never_came(before=timezone.now()) == 0


def test_a_member_of_staff_without_a_password_stays():
    user, _ = asked("anna@example.org")
    factories.StaffRole.objects.create(user=user, institution=None, role="sales")
    assert users.forget_who_never_came(before=timezone.now()) == 0


def test_a_trace_keeps_the_person_but_not_the_unproven_user():
    _, person = asked("anna@example.org")
    factories.enrolment(factories.run(), person)
    tasks.tidy()
    assert left() == (0, 1, 1)


def test_a_role_in_an_organisation_is_a_trace():
    _, person = asked("anna@example.org")
    factories.organisation("Konepaja Oy", person)
    tasks.tidy()
    assert Person.objects.get() == person


def test_a_mail_about_something_else_is_a_trace():
    _, person = asked("anna@example.org")
    outbox.queue("courses/cancellation", person, {})
    tasks.tidy()
    assert Person.objects.get() == person


def test_somebody_we_never_mailed_is_nobody_s_to_forget():
    person = factories.person("anna@example.org")
    Person.objects.update(created_at=timezone.now() - timedelta(days=400))
    tasks.tidy()
    assert Person.objects.get() == person


def test_twice_is_as_once():
    asked("anna@example.org")
    tasks.tidy()
    tasks.tidy()
    assert left() == (0, 0, 0)


def test_ended_sessions_are_deleted():
    now = timezone.now()
    for key, days in (("old", -1), ("new", 1)):
        Session.objects.create(
            session_key=key, session_data="", expire_date=now + timedelta(days=days)
        )
    assert tidying.clear_sessions(before=now) == 1
    assert Session.objects.get().session_key == "new"
