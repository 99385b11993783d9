"""Names of encounters and mails that verbs use and `plugs.py` registers."""

TASK_DONE = "crm.task_done"
TASK_REOPENED = "crm.task_reopened"
CONTACT_NAMED = "crm.contact_named"
QUESTION = "crm.question"
ANSWER = "crm.answer"
PASSED_ON = "crm.question_passed_on"

QUESTION_MAIL = "crm/question"
ANSWER_MAIL = "crm/answer"
STAFF_MAIL = "crm/question_for_staff"
