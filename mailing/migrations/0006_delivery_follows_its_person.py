"""A delivery goes with its person when two turn out to be one, in SQL beside this file."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("mailing", "0005_timeline_indexes"), ("consent", "0009_alias_and_name_key")]

    operations = [
        migrations.RunSQL(
            [(HERE / "delivery_follows.sql").read_text()],
            [(HERE / "delivery_fixed_reverse.sql").read_text()],
        ),
    ]
