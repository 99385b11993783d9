"""Owns the customer register and the timeline. Not: enrolments (courses), money (billing). Verbs: `timeline.record`,
`tasks.give`, `tasks.done`. What Celery runs is in `jobs`, since `tasks` are what staff do.
"""
