"""Triggers, functions and rights of deliveries, in SQL beside this file."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("mailing", "0001_initial"), ("consent", "0003_ledger_guards")]

    operations = [
        migrations.RunSQL(
            [(HERE / "delivery_guards.sql").read_text()],
            [(HERE / "delivery_guards_reverse.sql").read_text()],
        ),
    ]
