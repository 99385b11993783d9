"""What of accounts is audited: who may what, and the institutions' own details."""

from accounts.audit import track
from accounts.models import Institution, StaffRole, User

track(User, exclude=["password", "last_login", "sessions_since"])
track(StaffRole, within="institution")
track(Institution, within="pgh_obj")
