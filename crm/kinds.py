"""Names of encounters and mails that verbs use and `plugs.py` registers."""

TASK_DONE = "crm.task_done"
TASK_REOPENED = "crm.task_reopened"
ORGANISATION_ADDED = "crm.organisation_added"
ORGANISATION_RENAMED = "crm.organisation_renamed"
CONTACT_ADDED = "crm.contact_added"
ADDRESS_CHANGED = "crm.address_changed"
AFFILIATION_BEGAN = "crm.affiliation_began"
AFFILIATION_ENDED = "crm.affiliation_ended"
RIGHTS_GIVEN = "crm.rights_given"
SITUATION_NOTED = "crm.situation_noted"

NOTICE_MAIL = "crm/imported"  # tells people of an import that we hold them (GDPR Art. 14)

MERGED = "crm.merged"
MERGE_UNDONE = "crm.merge_undone"

CALL = "crm.call"
VISIT = "crm.visit"
MEETING = "crm.meeting"
FAIR = "crm.fair"
SOCIAL = "crm.social"
NOTE = "crm.note"
CONTACT_NAMED = "crm.contact_named"
QUESTION = "crm.question"
ANSWER = "crm.answer"
PASSED_ON = "crm.question_passed_on"

QUESTION_MAIL = "crm/question"
ANSWER_MAIL = "crm/answer"
STAFF_MAIL = "crm/question_for_staff"
