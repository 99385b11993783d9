"""Triggers, functions and rights of the ledger, in SQL beside this file."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("consent", "0002_ledger")]

    operations = [
        migrations.RunSQL(
            [(HERE / "ledger_guards.sql").read_text()],
            [(HERE / "ledger_guards_reverse.sql").read_text()],
        ),
    ]
