"""No member of staff is away twice at once; who answers for whom on a day, in SQL beside this file."""

from pathlib import Path

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations
from django.db.models import F

import crm.models.named

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("crm", "0011_customers_found_by_words")]

    operations = [
        BtreeGistExtension(),
        migrations.AddConstraint(
            model_name="absence",
            constraint=ExclusionConstraint(
                name="absence_one_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (
                        crm.models.named.DateRange(
                            F("since"), F("until"), RangeBoundary(inclusive_upper=True)
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message="They are already away on some of these days.",
            ),
        ),
        migrations.RunSQL(
            [(HERE / "who_answers.sql").read_text()],
            [(HERE / "who_answers_reverse.sql").read_text()],
        ),
    ]
