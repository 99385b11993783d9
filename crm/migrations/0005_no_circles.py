"""No organisation is above itself, held by a trigger beside this file."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "no_circles.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("crm", "0004_audit")]

    operations = [
        migrations.RunSQL(
            [SQL],
            [
                "DROP TRIGGER crm_organisation_no_circle ON crm_organisation",
                "DROP FUNCTION crm_organisation_no_circle()",
            ],
        ),
    ]
