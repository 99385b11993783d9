"""An index of former business IDs, built without stopping those who write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("crm", "0016_former_business_ids")]

    operations = [
        AddIndexConcurrently(
            model_name="organisationalias",
            index=models.Index(
                condition=models.Q(("business_id", ""), _negated=True),
                fields=["business_id"],
                name="organisation_formerly",
            ),
        ),
    ]
