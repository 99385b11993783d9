"""Names of encounters and mails that verbs use and `plugs.py` registers."""

TASK_DONE = "crm.task_done"
TASK_REOPENED = "crm.task_reopened"

NOTICE_MAIL = "crm/imported"  # tells people of an import that we hold them (GDPR Art. 14)
