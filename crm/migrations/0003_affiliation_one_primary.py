"""One primary affiliation, by an index that is built without stopping those who write."""

from django.db import migrations, models

BUILD = """
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS affiliation_one_primary
ON crm_affiliation (person_id) WHERE is_primary AND until IS NULL
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("crm", "0002_register")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(BUILD, "DROP INDEX CONCURRENTLY IF EXISTS affiliation_one_primary")
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="affiliation",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("is_primary", True), ("until__isnull", True)),
                        fields=("person",),
                        name="affiliation_one_primary",
                    ),
                )
            ],
        )
    ]
