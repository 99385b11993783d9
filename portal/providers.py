"""Other institutions' sign-in as it is configured: SIGN_IN_PROVIDERS, read and checked when the portal starts.

docs/operator/sign-in.md says what the keys mean. No address is ever taken from anywhere else: what the server fetches
comes from this configuration alone.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Entry = Mapping[str, Any]
COMMON = {"id", "name", "protocol", "domains", "vouches"}
KEYS = {
    "oidc": COMMON | {"server", "client_id", "secret", "userinfo", "second_factor"},
    "saml": COMMON
    | {
        "entity",
        "metadata",
        "sso_url",
        "certificate",
        "attributes",
        "private_key",
        "own_certificate",
    },
}
NEEDED = {
    "oidc": {"id", "name", "protocol", "domains", "server", "client_id"},
    "saml": {"id", "name", "protocol", "domains", "entity"},
}
LOCAL = ("http://localhost:", "http://127.0.0.1:")  # for a developer's own server


class ProviderError(ValueError):
    """The configuration of providers is wrong; the text says how, and the start of the portal shows it."""


@dataclass(frozen=True)
class Provider:
    """Where people of some mail domains sign in.

    `vouches`: it answers for every address of its domains, though it may not say so each time.
    `second_factor`: claims, and the values of which any shows that a second factor was used there.
    """

    id: str
    name: str
    domains: frozenset[str]
    vouches: bool
    second_factor: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def answers_for(self, email: str) -> bool:
        """Whether the address is of one of its domains, exactly."""
        _box, at, domain = email.rpartition("@")
        return bool(at) and domain.lower() in self.domains

    def shows_factor(self, claims: Entry) -> bool:
        """Whether the claims say, in a way that is configured, that a second factor was used."""
        return any(
            not wanted.isdisjoint(values(claims.get(name)))
            for name, wanted in self.second_factor.items()
        )


def values(claim: object) -> set[str]:
    """A claim's words, whether it is one or a list."""
    return {
        each for each in (claim if isinstance(claim, list) else [claim]) if isinstance(each, str)
    }


def read(text: str) -> list[Entry]:
    """The entries from JSON, or from the file of that name; refuses what is wrong with a sentence."""
    try:
        found = json.loads(
            text if text.lstrip().startswith("[") else Path(text).read_text() if text else "[]"
        )
    except (OSError, ValueError) as error:
        message = f"SIGN_IN_PROVIDERS is neither JSON nor the name of a file with it: {error}"
        raise ProviderError(message) from error
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        message = "SIGN_IN_PROVIDERS must be a list of objects."
        raise ProviderError(message)
    for entry in found:
        check(entry)
    ids = [each["id"] for each in found]
    if len(set(ids)) < len(ids):
        message = "SIGN_IN_PROVIDERS has the same id twice."
        raise ProviderError(message)
    return found


def check(entry: Entry) -> None:
    """Refuse an entry with a key that is missing, unknown or of the wrong sort."""
    protocol = entry.get("protocol")
    if protocol not in KEYS:
        message = f"SIGN_IN_PROVIDERS: protocol is oidc or saml, not {protocol!r}."
        raise ProviderError(message)
    name = entry.get("id")
    odd = entry.keys() ^ (NEEDED[protocol] | entry.keys() & KEYS[protocol])
    if odd:
        message = f"SIGN_IN_PROVIDERS: {name}: missing or unknown: {', '.join(sorted(odd))}."
        raise ProviderError(message)
    wrong = [key for key in sorted(entry) if not fits(key, entry[key])]
    if wrong:
        message = f"SIGN_IN_PROVIDERS: {name}: wrong: {', '.join(wrong)}."
        raise ProviderError(message)
    if protocol == "saml" and not (
        "metadata" in entry or {"sso_url", "certificate"} <= entry.keys()
    ):
        message = f"SIGN_IN_PROVIDERS: {name}: give metadata, or sso_url and certificate."
        raise ProviderError(message)


def fits(key: str, value: object) -> bool:
    """Whether the value is of the key's sort; most are words."""
    return SORTS.get(key, is_word)(value)


def is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def is_answer(value: object) -> bool:
    return isinstance(value, bool)


def is_id(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,38}", value))


def is_address(value: object) -> bool:
    """An address under TLS, or a developer's own server."""
    return isinstance(value, str) and value.startswith(("https://", *LOCAL))


def is_domain(value: object) -> bool:
    """One whole domain, in small letters."""
    return isinstance(value, str) and bool(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", value))


def are_domains(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_domain, value))


def are_named(value: object) -> bool:
    """Words, or lists of words, by name."""
    return isinstance(value, dict) and all(bool(values(each)) for each in value.values())


SORTS = {
    "attributes": are_named,
    "domains": are_domains,
    "id": is_id,
    "metadata": is_address,
    "second_factor": are_named,
    "server": is_address,
    "sso_url": is_address,
    "userinfo": is_answer,
    "vouches": is_answer,
}


def known(entries: list[Entry]) -> dict[str, Provider]:
    """The providers by id."""
    return {
        each["id"]: Provider(
            id=each["id"],
            name=each["name"],
            domains=frozenset(each["domains"]),
            vouches=each.get("vouches", False),
            second_factor={
                name: frozenset(values(wanted))
                for name, wanted in each.get("second_factor", {}).items()
            },
        )
        for each in entries
    }


# --- as allauth wants it ----------------------------------------------------------------------


def for_allauth(entries: list[Entry]) -> dict[str, dict[str, Any]]:
    """SOCIALACCOUNT_PROVIDERS."""
    apps: dict[str, list[dict[str, Any]]] = {"openid_connect": [], "saml": []}
    for entry in entries:
        made = oidc if entry["protocol"] == "oidc" else saml
        apps["openid_connect" if made is oidc else "saml"].append(made(entry))
    return {name: {"APPS": each} for name, each in apps.items()}


def oidc(entry: Entry) -> dict[str, Any]:
    """The authorization code flow with PKCE; claims come from the signed token, and from userinfo where that is set."""
    return {
        "provider_id": entry["id"],
        "name": entry["name"],
        "client_id": entry["client_id"],
        "secret": entry.get("secret", ""),
        "settings": {
            "server_url": entry["server"],
            "oauth_pkce_enabled": True,
            "fetch_userinfo": entry.get("userinfo", False),
        },
    }


def saml(entry: Entry) -> dict[str, Any]:
    """Signed assertions only, asked for by the portal only."""
    idp = {"entity_id": entry["entity"]}
    if "metadata" in entry:
        idp["metadata_url"] = entry["metadata"]
    else:
        idp |= {"sso_url": entry["sso_url"], "x509cert": entry["certificate"]}
    own = {"x509cert": entry.get("own_certificate"), "private_key": entry.get("private_key")}
    settings = {
        "idp": idp,
        "advanced": {
            "want_assertion_signed": True,
            "reject_idp_initiated_sso": True,
            "authn_request_signed": own["private_key"] is not None,
            **own,
        },
    }
    if "attributes" in entry:
        settings["attribute_mapping"] = entry["attributes"]
    return {
        "provider_id": entry["id"],
        "name": entry["name"],
        "client_id": entry["id"],
        "settings": settings,
    }
