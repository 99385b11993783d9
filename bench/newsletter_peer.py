"""django-newsletter as its documentation sets it up, sending our letter; run by `bench.mail` in an environment of its own.

The first line on stdin is JSON: database, port of the mail server, subject, text and HTML, number of readers. Each
further line is a submission to all of them, answered with messages a second.
"""

import json
import logging
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sites"]


def main() -> None:
    """Set up, then send as often as told."""
    told = json.loads(sys.stdin.readline())
    with tempfile.TemporaryDirectory() as folder:
        write_templates(Path(folder) / "newsletter" / "message", told)
        configure(told, folder)
        message = letter(told)
        print(0, flush=True)
        for _line in sys.stdin:
            print(submitted(message, told["readers"]), flush=True)


def write_templates(folder: Path, told: dict[str, str]) -> None:
    """The finished letter as the peer's templates: it draws it for each reader, as it does any."""
    folder.mkdir(parents=True)
    for name, part in (("subject.txt", "subject"), (".txt", "text"), (".html", "html")):
        file = f"message_{name}" if part == "subject" else f"message{name}"
        (folder / file).write_text("{% verbatim %}" + told[part] + "{% endverbatim %}")


def configure(told: dict[str, str], folder: str) -> None:
    """Settings and tables, in a schema of their own."""
    url = urlsplit(told["database"])
    settings.configure(
        SECRET_KEY="only for this measurement",  # noqa: S106
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": url.hostname,
                "PORT": url.port,
                "USER": url.username,
                "PASSWORD": unquote(url.password or ""),
                "NAME": url.path.lstrip("/"),
                "OPTIONS": {"options": "-c search_path=peer"},
            }
        },
        INSTALLED_APPS=[*APPS, "sorl.thumbnail", "newsletter"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [folder],
                "APP_DIRS": True,
            }
        ],
        ROOT_URLCONF="newsletter.urls",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=told["port"],
        NEWSLETTER_THUMBNAIL="sorl-thumbnail",
        NEWSLETTER_USE_HTTPS=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        SITE_ID=1,
        USE_TZ=True,
    )
    django.setup()
    logging.disable()
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS peer CASCADE; CREATE SCHEMA peer")
    call_command("migrate", verbosity=0)


def letter(told: dict[str, str]) -> object:
    """A newsletter with its readers, and a message of it."""
    from django.contrib.sites.models import Site  # noqa: PLC0415  after the settings
    from newsletter.models import Message, Newsletter, Subscription  # noqa: PLC0415  the same

    newsletter = Newsletter.objects.create(
        title="Kirje", slug="kirje", email="kirje@example.org", sender="Kudelma"
    )
    newsletter.site.set([Site.objects.get_current()])
    Subscription.objects.bulk_create(
        Subscription(
            newsletter=newsletter,
            name_field=f"Lukija {no}",
            email_field=f"{no}@example.org",
            subscribed=True,
        )
        for no in range(int(told["readers"]))
    )
    return Message.objects.create(newsletter=newsletter, title=told["subject"], slug="letter")


def submitted(message: object, readers: int) -> float:
    """Messages a second of one submission; choosing the readers is not counted, as ours is not."""
    from newsletter.models import Submission  # noqa: PLC0415  after the settings

    submission = Submission.from_message(message)
    submission.prepared = True
    submission.save()
    begun = perf_counter()
    submission.submit()
    assert submission.sent
    return readers / (perf_counter() - begun)


if __name__ == "__main__":
    main()
