"""The first texts that people are shown when they are asked."""

from django.db import migrations

WORDINGS = {
    "newsletter": {
        "fi": "Haluan sähköpostiini uutiskirjeen korkeakoulujen täydennyskoulutuksesta. Olen täyttänyt 13 vuotta."
        " Voin lopettaa tilauksen milloin tahansa jokaisen kirjeen linkistä.",
        "sv": "Jag vill ha ett nyhetsbrev om högskolornas fortbildning till min e-post. Jag har fyllt 13 år."
        " Jag kan avsluta prenumerationen när som helst via länken i varje brev.",
        "en": "I want a newsletter on the institutions’ continuing education by e-mail. I am 13 or older."
        " I can stop it at any time by the link in every letter.",
    },
    "similar": {
        "fi": "Korkeakoulu, jonka koulutukseen ilmoittaudut, voi lähettää sinulle sähköpostia vastaavista omista"
        " koulutuksistaan. Voit kieltää sen nyt ja jokaisessa viestissä, maksutta.",
        "sv": "Högskolan vars utbildning du anmäler dig till kan skicka e-post till dig om sina egna liknande"
        " utbildningar. Du kan förbjuda det nu och i varje meddelande, utan kostnad.",
        "en": "The institution whose training you enrol on may e-mail you about similar training of its own. You can"
        " refuse now and in every message, free of charge.",
    },
}


def write(apps, schema_editor):
    wordings = apps.get_model("consent", "Wording").objects
    for purpose, bodies in WORDINGS.items():
        for language, body in bodies.items():
            wordings.get_or_create(
                purpose=purpose, version=1, language=language, defaults={"body": body}
            )


class Migration(migrations.Migration):
    dependencies = [("consent", "0003_ledger_guards")]

    # a text that was shown stays
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
