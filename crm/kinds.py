"""Names of encounters that verbs use and `plugs.py` registers."""

TASK_DONE = "crm.task_done"
TASK_REOPENED = "crm.task_reopened"

MERGED = "crm.merged"
MERGE_UNDONE = "crm.merge_undone"
