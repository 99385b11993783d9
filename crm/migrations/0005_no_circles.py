"""No organisation is above itself, held by a trigger beside this file; who has a role has a card."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "no_circles.sql").read_text()

# Roles given in /admin/ before there were cards.
CARDS = """
INSERT INTO crm_contactperson (person_id, title, languages, source)
SELECT DISTINCT person_id, '', '{}'::varchar[], '' FROM crm_affiliation
ON CONFLICT (person_id) DO NOTHING
"""


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
        migrations.RunSQL([CARDS], migrations.RunSQL.noop),
    ]
