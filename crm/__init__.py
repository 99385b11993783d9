"""Owns the customer register and the timeline. Not: enrolments (courses), money (billing). Verbs: `timeline.record`,
`notes.add`, `notes.edit`, `tasks.give`, `tasks.done`, `tray.file`, `looks.look`. What Celery runs is in `jobs`, since `tasks` are what staff do.
"""
