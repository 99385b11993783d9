"""Indexes of the words of organisations' names, and of how domains and phone numbers begin."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import common.folding


class Migration(migrations.Migration):
    """What the search of the workbench finds customers by; built without stopping those who write."""

    atomic = False

    dependencies = [
        ("crm", "0010_looks_and_filings"),
        ("consent", "0011_people_found_by_words"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="organisation",
            index=GinIndex(common.folding.Words("name"), name="organisation_words", fastupdate=False),
        ),
        AddIndexConcurrently(
            model_name="organisation",
            index=GinIndex(
                OpClass(common.folding.Folded("name"), name="gin_trgm_ops"),
                name="organisation_nearly", fastupdate=False,
            ),
        ),
        AddIndexConcurrently(
            model_name="organisationname",
            index=GinIndex(common.folding.Words("name"), name="organisation_name_words", fastupdate=False),
        ),
        AddIndexConcurrently(
            model_name="organisationdomain",
            index=models.Index(
                fields=["domain"],
                opclasses=["varchar_pattern_ops"],
                name="organisation_domain_begins",
            ),
        ),
        AddIndexConcurrently(
            model_name="contactphone",
            index=models.Index(
                fields=["number"], opclasses=["varchar_pattern_ops"], name="phone_number_begins"
            ),
        ),
    ]
