"""Names of encounters that verbs use and `plugs.py` registers."""

TASK_DONE = "crm.task_done"
TASK_REOPENED = "crm.task_reopened"

CALL = "crm.call"
VISIT = "crm.visit"
MEETING = "crm.meeting"
FAIR = "crm.fair"
SOCIAL = "crm.social"
NOTE = "crm.note"
