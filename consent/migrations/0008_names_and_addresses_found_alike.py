"""Indexes of names and of the parts of addresses, built without stopping those who write."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import consent.names


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("consent", "0007_alias_and_name_key")]

    operations = [
        AddIndexConcurrently(
            model_name="person",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    consent.names.NameKey("name"), name="gin_trgm_ops"
                ),
                name="person_name_resembles",
            ),
        ),
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
