"""Organisations and people in the orders of their lists, by indexes that are built without stopping those who write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import common.order


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("crm", "0005_no_circles")]

    operations = [
        AddIndexConcurrently(
            model_name="organisation",
            index=models.Index(
                common.order.FinnishOrder("name"), models.F("id"), name="organisation_in_order"
            ),
        ),
        AddIndexConcurrently(
            model_name="organisation",
            index=models.Index(fields=["created_at", "id"], name="organisation_by_age"),
        ),
        AddIndexConcurrently(
            model_name="contactperson",
            index=models.Index(fields=["created_at", "person"], name="contact_by_age"),
        ),
    ]
