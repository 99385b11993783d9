"""Owns the customer register and the timeline. Not: enrolments (courses), money (billing). Verbs: `timeline.record`."""
