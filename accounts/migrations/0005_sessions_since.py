"""Since when a user's sessions count: what ends them all at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_audit")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="sessions_since",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="sessions before this are over"
            ),
        ),
    ]
