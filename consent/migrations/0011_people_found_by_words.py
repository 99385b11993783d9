"""Indexes of the words of names and addresses, built without stopping those who write."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

import common.folding


class Migration(migrations.Migration):
    """What the search of the workbench finds people by, at once: no list of what is still to be put into an index."""

    atomic = False

    dependencies = [("consent", "0010_names_and_addresses_found_alike")]

    operations = [
        # the catalogue's search makes it too, so going back leaves it
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="person",
            index=GinIndex(common.folding.Words("name"), name="person_words", fastupdate=False),
        ),
        AddIndexConcurrently(
            model_name="person",
            index=GinIndex(
                OpClass(common.folding.Folded("name"), name="gin_trgm_ops"), name="person_nearly", fastupdate=False
            ),
        ),
        AddIndexConcurrently(
            model_name="address",
            index=GinIndex(common.folding.AddressWords("email"), name="address_words", fastupdate=False),
        ),
    ]
