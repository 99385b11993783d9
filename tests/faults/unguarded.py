"""The portal's workers with one guard taken away, for the controls: UNGUARDED names it."""

import os

import django

django.setup()

from django.db import connection

from consent import permission
from consent.models import Event
from consent.rules import Decision
from mailing import deliveries, doubt
from mailing.models import Delivery
from portal.celery import app

__all__ = ["app"]


def send_again_what_was_transmitting():
    """A dead worker's mail goes again, whatever the server may have taken."""
    with connection.cursor() as cursor:
        cursor.execute(deliveries.REAP_TRANSMITTING.replace("'in_doubt'", "'queued'"), ["gone"])


def as_it_was_when_frozen(person_id, *_question, **_how):
    """The permission that the audience was made from, whatever was said since."""
    event = Event.objects.filter(chain__owner__person=person_id, action="granted").latest("pk")
    return Decision("consent", event.pk)


def send_again_what_is_in_doubt():
    """Every doubt ends by sending once more, marketing too."""
    keys = list(Delivery.objects.filter(state="in_doubt").values_list("pk", flat=True))
    return {"again": sum(doubt.end(key, "queued", "nobody knew") for key in keys)}


match os.environ["UNGUARDED"]:
    case "reap":
        deliveries.reap = send_again_what_was_transmitting
    case "gate":
        permission.decide = as_it_was_when_frozen
    case "doubt":
        doubt.settle = send_again_what_is_in_doubt
