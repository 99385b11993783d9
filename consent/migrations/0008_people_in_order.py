"""People in the order of a Finnish list, by an index that is built without stopping those who write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import common.order


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("consent", "0007_audit")]

    operations = [
        AddIndexConcurrently(
            model_name="person",
            index=models.Index(
                common.order.SurnameOrder("name"), models.F("id"), name="person_in_order"
            ),
        ),
    ]
