"""What of mailing is audited: whose a mail is; deliveries and permissions are their own record."""

from accounts.audit import track
from accounts.roles import Permission
from mailing.models import InboundMail

WORDS = ["sender", "subject", "text", "size", "digest", "received_at", "delivery"]  # never changed
track(InboundMail, exclude=WORDS, needed=Permission.SEE_CUSTOMERS)
