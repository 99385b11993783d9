"""django-newsletter as its documentation sets it up, sending our letter; run by `bench.mail` in an environment of its own.

The first line on stdin is JSON: database, port of the mail server, title and articles, number of readers, and the size
of our mail in octets, which its own is brought to. Each further line is a submission to all of them, answered with
messages a second.
"""

import json
import logging
import sys
from time import perf_counter
from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sites"]


def main() -> None:
    """Set up, then send as often as told."""
    told = json.loads(sys.stdin.readline())
    configure(told)
    message = letter(told)
    print(0, flush=True)
    for _line in sys.stdin:
        print(submitted(message, told["readers"]), flush=True)


def configure(told: dict[str, Any]) -> None:
    """Settings and tables, in a schema of their own."""
    url = urlsplit(told["database"])
    settings.configure(
        SECRET_KEY="only for this measurement",  # noqa: S106  signs nothing
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


def letter(told: dict[str, Any]) -> Any:
    """A newsletter with its readers, and a message of it as heavy as ours."""
    from django.contrib.sites.models import Site  # noqa: PLC0415  after the settings
    from newsletter.models import Article, Message, Newsletter, Subscription  # noqa: PLC0415  the same

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
    message = Message.objects.create(newsletter=newsletter, title=told["title"], slug="letter")
    for order, each in enumerate(told["items"]):
        Article.objects.create(post=message, sortorder=order, **each)
    fill_up(message, told["octets"])
    return message


def fill_up(message: Any, octets: int) -> None:
    """Lengthen the last article until the mail has the size: a word of it stands in the text and in the HTML."""
    from newsletter.models import Submission  # noqa: PLC0415  after the settings

    submission = Submission.from_message(message)
    last = message.articles.last()
    while True:
        size = len(submission.get_message(submission.get_subscriptions()[0]).message().as_bytes())
        if size >= octets:
            return
        last.text += " lisää" * max(1, (octets - size) // 20)
        last.save()


def submitted(message: Any, readers: int) -> float:
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
