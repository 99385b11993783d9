"""The cache goes on in memory while Redis is away, and rate limits with it (F08)."""

import time

import pytest
import redis
from django.core.cache import caches
from redis.exceptions import ConnectionError as AwayError

from portal.cache import DegradingRedisCache


@pytest.fixture
def cache(monkeypatch):
    cache = caches["default"]
    cache.memory.clear()
    monkeypatch.setattr(DegradingRedisCache, "away_until", 0.0)
    return cache


@pytest.fixture
def away(monkeypatch):
    """Redis answers nobody; how often it was asked is kept."""
    asked = []

    def nobody(self, *args, **kwargs):
        asked.append(args)
        raise AwayError

    monkeypatch.setattr(redis.Redis, "execute_command", nobody)
    return asked


def test_what_is_stored_is_found(cache):
    cache.set("a", [1], 60)
    assert cache.get("a") == [1]
    assert cache.memory.get("a") is None


def test_away_it_is_found_in_memory(cache, away):
    cache.set("a", [1], 60)
    assert (cache.get("a"), cache.get("b", "none")) == ([1], "none")
    assert (cache.add("a", 2, 60), cache.add("c", 3, 60)) == (False, True)
    assert (cache.delete("a"), cache.get("a")) == (True, None)


def test_away_redis_is_asked_once_in_a_while(cache, away, monkeypatch):
    for _ in range(10):
        cache.get("a")
    assert len(away) == 1
    later = time.monotonic() + 6
    monkeypatch.setattr(time, "monotonic", lambda: later)
    cache.get("a")
    assert len(away) == 2


def test_back_again_redis_is_used(cache, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(
            redis.Redis, "execute_command", lambda *a, **k: (_ for _ in ()).throw(AwayError)
        )
        cache.set("a", 1, 60)
    monkeypatch.setattr(DegradingRedisCache, "away_until", 0.0)
    assert cache.get("a") is None


@pytest.mark.django_db
def test_with_redis_away_one_can_sign_in_and_limits_still_hold(client, cache, away):
    answers = [
        client.post("/en/accounts/login/code/", {"email": "anna@example.org"}).status_code
        for _ in range(4)
    ]
    assert answers == [302, 302, 302, 429]
