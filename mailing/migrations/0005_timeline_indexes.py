"""A person's deliveries and mails by time, in indexes that are built without stopping those who write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("consent", "0006_address_reopened"), ("mailing", "0004_delivery_proof")]

    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                models.F("person"),
                models.OrderBy(Coalesce("sent_at", "transmit_at", "due_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="delivery_of_person",
            ),
        ),
        AddIndexConcurrently(
            model_name="inboundmail",
            index=models.Index(fields=["person", "-received_at", "-id"], name="inbound_of_person"),
        ),
    ]
