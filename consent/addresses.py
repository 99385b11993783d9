"""What an e-mail address tells: the domains at which anybody gets one (TSV's guide on direct marketing), and whose it is."""

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

# What stands before the @ of nobody in particular, without accents.
GENERAL = frozenset(
    [
        *("admin", "asiakaspalaute", "asiakaspalvelu", "billing", "contact", "customerservice"),
        *("ekonomi", "email", "faktura", "forsaljning", "hallinto", "hei", "hello"),
        *("henkilosto", "hr", "info", "invoices", "kansli", "kirjaamo", "kontakti", "kontor"),
        *("koulutus", "kundservice", "kundtjanst", "laskut", "laskutus", "mail", "media"),
        *("myynti", "neuvonta", "noreply", "office", "palaute", "post", "posti", "press"),
        *("reception", "registrator", "rekry", "sales", "service", "support", "talous"),
        *("toimisto", "vaihde", "yhteydenotot", "yhteys"),
    ]
)


def is_freemail(email: str) -> bool:
    """Whether the address belongs to a natural person whatever stands before the @."""
    return email.rpartition("@")[2].lower() in FREEMAIL
