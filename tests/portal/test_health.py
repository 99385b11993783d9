"""Health: alive says nothing of the others, ready names what is missing (E5.4)."""

import pytest
import redis
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from portal.views import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forget():
    health.migrations.cache_clear()
    yield
    health.migrations.cache_clear()


def test_alive_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert "no-cache" in response.headers["Cache-Control"]


def test_ready(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "migrations": "ok", "broker": "ok"}


def test_not_ready_without_broker(client, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "ok"
    assert "refused" in response.json()["broker"]


def test_not_ready_without_database(client, monkeypatch):
    def gone(*_args, **_kwargs):
        message = "connection refused"
        raise OperationalError(message)

    monkeypatch.setattr(connection, "cursor", gone)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "connection refused"


def test_not_ready_before_migrations(client):
    MigrationRecorder(connection).record_unapplied("courses", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "courses.0001_initial" in response.json()["migrations"]


def test_broker_that_hangs_up_is_named(client, monkeypatch):
    monkeypatch.setattr(redis.Redis, "ping", lambda self: (_ for _ in ()).throw(redis.TimeoutError))
    assert client.get("/readyz").json()["broker"] == "TimeoutError"
