"""Names of purposes and mails that verbs use and `plugs.py` registers."""

NEWSLETTER = "newsletter"  # the purpose, as consent registers it
SIMILAR = "similar"

CONFIRM_MAIL = "mailing/confirm"
WELCOME_MAIL = "mailing/welcome"
PREFERENCES_MAIL = "mailing/preferences"
