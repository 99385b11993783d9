"""Owns the customer register and the timeline. Not: enrolments (courses), money (billing). Verbs: `timeline.record`,
`tasks.give`, `tasks.done`, `importing.steps`, `exporting`. What Celery runs is in `jobs`, since `tasks` are what staff do.
"""
