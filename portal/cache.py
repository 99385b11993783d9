"""A cache that goes on in the process's own memory while Redis is away.

Pages are read on, only slower. Rate limits stay limits: each web process then counts by itself, so that signing in
works on and nobody gets endless tries (docs/decisions/0006-one-door-by-code.md).
"""

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
AWAY = 5.0  # seconds until Redis is asked again: a hanging one costs every call its time-out


def or_by_memory(method: Callable[..., Answer]) -> Callable[..., Answer]:
    """Do the same on the memory when Redis is away."""

    @wraps(method)
    def safe(cache: "DegradingRedisCache", *args: Any, **kwargs: Any) -> Answer:
        if time.monotonic() >= DegradingRedisCache.away_until:
            try:
                return method(cache, *args, **kwargs)
            except RedisError as error:
                log.warning("The cache is away: %s", error)
                DegradingRedisCache.away_until = time.monotonic() + AWAY
        answer: Answer = getattr(cache.memory, method.__name__)(*args, **kwargs)
        return answer

    return safe


class DegradingRedisCache(RedisCache):
    """Django's Redis cache, with a memory of its own to fall back on."""

    away_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.memory = LocMemCache("while redis is away", {**params, "OPTIONS": {}})

    @or_by_memory
    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return super().get(key, default, version)

    @or_by_memory
    def set(self, *args: Any, **kwargs: Any) -> None:
        super().set(*args, **kwargs)

    @or_by_memory
    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(super().add(*args, **kwargs))

    @or_by_memory
    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(super().delete(*args, **kwargs))
