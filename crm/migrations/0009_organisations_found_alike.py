"""Indexes of organisations' names, built without stopping those who write."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

from consent.names import NameKey


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("crm", "0008_duplicates_and_merges")]

    operations = [
        AddIndexConcurrently(
            model_name="organisation",
            index=GinIndex(
                OpClass(NameKey("name"), name="gin_trgm_ops"), name="organisation_resembles"
            ),
        ),
        AddIndexConcurrently(
            model_name="organisationname",
            index=GinIndex(
                OpClass(NameKey("name"), name="gin_trgm_ops"), name="organisation_name_resembles"
            ),
        ),
    ]
