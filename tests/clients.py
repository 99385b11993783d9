"""Django's test client, signing in as the sign-in pages do: with what the user has, just now."""

import time
from typing import Any

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY as WHOSE,
)
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as METHODS
from django.test import Client as DjangoClient

from accounts.models import User

PASSWORD, FACTOR = "password", "mfa"
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Client(DjangoClient):
    """A browser; `force_login` leaves the session that a whole sign-in leaves, second factor and all."""

    def force_login(
        self,
        user: Any,
        backend: str | None = None,
        *,
        by: tuple[str, ...] = (PASSWORD, FACTOR),
        ago: float = 0,
    ) -> None:
        """Sign the user in `ago` seconds before now: by password and second factor, or as `by` says."""
        super().force_login(user, backend or BACKEND)
        session = self.session
        session[METHODS] = [{"method": each, "at": time.time() - ago} for each in by]
        session[WHOSE] = str(user.pk)
        session.save()


def signed_in(user: User, **how: Any) -> Client:
    """A browser of the user's own."""
    client = Client()
    client.force_login(user, **how)
    return client
