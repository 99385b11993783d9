"""From the enrolment to the mailbox: a real worker, a real mail server."""

import pytest

from courses import enrolment
from mailing.models import Delivery
from tests import factories
from tests.invariants.conftest import FAR_AHEAD

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_worker_sends_the_confirmation_with_its_dates(celery_worker, inbox):
    run = factories.run(enrolment_closes_at=FAR_AHEAD)
    factories.session(run)
    enrolment.enrol(run, factories.person("anna@example.org"))
    (mail,) = inbox(1)
    assert mail["To"] == "anna@example.org"
    assert mail["Message-ID"] == Delivery.objects.get().internet_message_id
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    (calendar,) = mail.iter_attachments()
    assert calendar.get_content().startswith("BEGIN:VCALENDAR")
