"""Indexes of names and of the parts of addresses, built without stopping those who write."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import consent.names


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("consent", "0009_alias_and_name_key")]

    operations = [
        AddIndexConcurrently(
            model_name="person",
            index=models.Index(consent.names.NameKey("name"), name="person_name_key"),
        ),
        AddIndexConcurrently(
            model_name="address",
            index=models.Index(consent.names.LocalPart("email"), name="address_local_part"),
        ),
        AddIndexConcurrently(
            model_name="address",
            index=models.Index(consent.names.Domain("email"), name="address_domain"),
        ),
    ]
