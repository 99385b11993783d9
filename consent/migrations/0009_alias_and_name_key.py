"""People who turned out to be others, and the function under which names written differently are alike."""

import common.days
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

# Frozen with this migration: a change of the key is a new migration that builds the indexes anew.
NAME_KEY = """
CREATE FUNCTION name_key(value text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
  SELECT coalesce(string_agg(word, ' ' ORDER BY word COLLATE "C"), '')
  FROM regexp_split_to_table(
    regexp_replace(
      trim(regexp_replace(
        translate(lower(value), '%(accented)s', '%(plain)s'), '[^a-z0-9]+', ' ', 'g')),
      '([a-z])\\1+', '\\1', 'g'), ' ') AS word
  WHERE word <> '' AND word <> ALL ('{%(forms)s}'::text[])
$$
""" % {
    "accented": "åäæáàâãāöøóòôõōőúùûüūýÿéèêëēėęíìîïīñńçćčšśžźżłðđw",
    "plain": "aaaaaaaaoooooooouuuuuyyeeeeeeeiiiiinncccsszzzlddv",
    "forms": "oy,oyj,ab,abp,ky,kb,ay,tmi,fa,ry,rf,sr,osk,andelslag,osakeyhtio,aktiebolag,osuskunta,yhdistys,satio,stiftelse,forening,ltd,limited,inc,gmbh,as,asoy,plc,lc,ou,aps",
}


class Migration(migrations.Migration):
    dependencies = [("consent", "0008_people_in_order")]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(NAME_KEY, "DROP FUNCTION name_key(text)"),
        migrations.CreateModel(
            name="Alias",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="alias",
                        serialize=False,
                        to="consent.person",
                    ),
                ),
                ("at", models.DateTimeField(db_default=common.days.PortalNow(), editable=False)),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="aliases",
                        to="consent.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "alias of a person",
                "verbose_name_plural": "aliases of people",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("person", models.F("kept")), _negated=True),
                        name="alias_of_another",
                    )
                ],
            },
        ),
    ]
