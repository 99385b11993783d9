"""Believable values of the mails about signing in, for previews and tests; the same in every language."""

from mailing.templates import Values

CHANGES = (
    "password_changed",
    "password_set",
    "app_added",
    "app_removed",
    "passkey_added",
    "passkey_removed",
    "recovery_codes",
    "factors_reset",
    "provider_joined",
)


def code(_language: str) -> Values:
    """A code to sign in with; variants are for a new password and a new address."""
    return {"what": "sign_in", "code": "4821-7390"}


def notice(_language: str) -> Values:
    """An address that was changed; variants are about the password and second factors."""
    return {
        "what": "address_changed",
        "address": "anna@example.org",
        "new_address": "anna.virtanen@example.org",
    }


def unknown_address(_language: str) -> Values:
    """Nothing is known of who asked."""
    return {}
