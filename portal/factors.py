"""Second factors as the portal keeps them: secrets encrypted, its own name in apps, staff never without one."""

import base64
from hashlib import sha256
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.http import factors
from accounts.models import User

WRONG = "incorrect_code"  # allauth's name of the error


class FactorAdapter(DefaultMFAAdapter):
    """allauth's behaviour where the portal's differs."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": gettext_lazy(
            "Staff need a second factor. Add another one before you remove this."
        ),
        WRONG: gettext_lazy("The code is wrong or too old. Wait for the next one."),
    }

    def encrypt(self, text: str) -> str:
        """A secret as the database holds it: a copy of the database alone opens nothing."""
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again; one whose key is gone makes no code right."""
        try:
            return box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise self.validation_error(WRONG) from error

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff keep one."""
        return not factors.is_last_of_staff(authenticator)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002  allauth's name
        """A name to begin with, for whoever has several."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return _("Passkey %(number)s") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """Who asks, as the device shows it."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.SITE_NAME}


def box() -> MultiFernet:
    """Encrypts with the first of FACTOR_KEYS and opens with any of them."""
    keys = [sha256(each.encode()).digest() for each in settings.FACTOR_KEYS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(each)) for each in keys])
