"""An answer names the task it answers: a question that came by mail has no encounter to name."""

from django.db import migrations

NAME_THE_TASK = """
UPDATE crm_encounter a SET data = (a.data - 'question') || jsonb_build_object('task', t.id)
FROM crm_task t
WHERE a.kind = 'crm.answer' AND t.encounter_id = (a.data ->> 'question')::bigint
"""
NAME_THE_ENCOUNTER = """
UPDATE crm_encounter a SET data = (a.data - 'task') || jsonb_build_object('question', t.encounter_id)
FROM crm_task t
WHERE a.kind = 'crm.answer' AND t.id = (a.data ->> 'task')::bigint
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0013_told_by_others")]

    operations = [migrations.RunSQL(NAME_THE_TASK, NAME_THE_ENCOUNTER)]
