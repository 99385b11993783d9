"""What an e-mail address tells: the domains at which anybody gets one (TSV's guide on direct marketing)."""

FREEMAIL = (
    "aol.com",
    "elisanet.fi",
    "fastmail.com",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "googlemail.com",
    "hotmail.com",
    "hotmail.fi",
    "hotmail.se",
    "icloud.com",
    "iki.fi",
    "inet.fi",
    "jippii.fi",
    "kolumbus.fi",
    "kotiposti.net",
    "live.com",
    "live.fi",
    "live.se",
    "luukku.com",
    "mail.com",
    "me.com",
    "msn.com",
    "netti.fi",
    "nic.fi",
    "outlook.com",
    "phnet.fi",
    "pp.inet.fi",
    "proton.me",
    "protonmail.com",
    "saunalahti.fi",
    "suomi24.fi",
    "surffi.net",
    "telia.com",
    "welho.com",
    "yahoo.com",
    "yahoo.se",
    "yandex.com",
)


def is_freemail(email: str) -> bool:
    """Whether the address belongs to a natural person whatever stands before the @."""
    return email.rpartition("@")[2].lower() in FREEMAIL
