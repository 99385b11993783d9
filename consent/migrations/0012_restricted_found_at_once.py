"""Who has had the processing restricted is found without reading every state there is (GDPR Art. 18)."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("consent", "0011_people_found_by_words")]

    operations = [
        AddIndexConcurrently(
            "state",
            models.Index(
                condition=models.Q(("action", "restricted")),
                fields=["chain"],
                name="state_restricted",
            ),
        ),
    ]
