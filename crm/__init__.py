"""Owns the customer register, the timeline and who answers for whom. Not: enrolments (courses), money (billing).

Verbs: `organisations`, `contacts`, `affiliations`, `situations`, `merging`, `importing`, `exporting`; `timeline.record`, `notes.add`,
`tasks.give`, `tray.file`, `looks.look`; `named_contacts.ensure`, `questions.ask`. What Celery runs is in `jobs`: `tasks` are what staff do.
"""
