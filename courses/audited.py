"""What of the offering is audited; enrolments and seats tell their own story on the timeline."""

from accounts.audit import track
from courses.models import Course, Run, Session, Theme, Trainer, Venue

track(Course, exclude=["feed_digest", "updated_at"], within="institution")
track(Run, exclude=["feed_digest"], within="course__institution")
track(Session, within="run__course__institution")
track(Trainer, within="institution")
track(Venue, within="institution")
track(Theme)
