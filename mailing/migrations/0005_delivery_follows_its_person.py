"""A delivery goes with its person when two turn out to be one, in SQL beside this file."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("mailing", "0004_delivery_proof"), ("consent", "0008_alias_and_name_key")]

    operations = [
        migrations.RunSQL(
            [(HERE / "delivery_follows.sql").read_text()],
            [(HERE / "delivery_fixed_reverse.sql").read_text()],
        ),
    ]
