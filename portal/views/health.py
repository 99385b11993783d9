"""Is the process alive, and can it serve? For load balancers and `make demo` (E5.4)."""

from collections.abc import Callable
from functools import cache

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


class NotReadyError(Exception):
    """A part is missing; the text says what is wrong with it."""


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 when database, migrations and broker are there; 503 with the reason of each that is not."""
    parts: dict[str, Callable[[], None]] = {
        "database": database,
        "migrations": migrations,
        "broker": broker,
    }
    answers = {name: _answer(check) for name, check in parts.items()}
    is_ready = set(answers.values()) == {"ok"}
    return JsonResponse(answers, status=200 if is_ready else 503)


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@cache
def migrations() -> None:
    """All applied. A process that has seen it does not look again: none is taken back under a running process."""
    loader = MigrationLoader(connection)
    if missing := loader.graph.nodes.keys() - loader.applied_migrations.keys():
        names = ", ".join(sorted(f"{app}.{name}" for app, name in missing))
        message = f"not applied: {names}"
        raise NotReadyError(message)


def broker() -> None:
    with redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_connect_timeout=1, socket_timeout=1
    ) as client:
        client.ping()


def _answer(check: Callable[[], None]) -> str:
    try:
        check()
    except (Error, NotReadyError, redis.RedisError) as error:
        return str(error).strip() or type(error).__name__
    return "ok"
