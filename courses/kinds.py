"""Names of encounters and mails that verbs use and `plugs.py` registers."""

ENROLLED = "courses.enrolled"
QUEUED = "courses.queued"
OFFERED = "courses.offered"
LAPSED = "courses.offer_lapsed"
CANCELLED = "courses.cancelled"

ENROLMENT_MAIL = "courses/enrolment"
QUEUE_MAIL = "courses/queue"
OFFER_MAIL = "courses/offer"
LAPSED_MAIL = "courses/offer_lapsed"
CANCELLATION_MAIL = "courses/cancellation"
