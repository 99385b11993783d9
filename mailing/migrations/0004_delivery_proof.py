"""When and by what right a mail left can no longer be rewritten, in SQL beside this file."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mailing", "0003_inbound_mail")]

    operations = [
        migrations.RunSQL(
            [Path(__file__).with_name("delivery_proof.sql").read_text()],
            ["DROP FUNCTION mailing_delivery_proof() CASCADE"],
        ),
    ]
