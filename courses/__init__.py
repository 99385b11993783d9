"""Owns the catalogue, search, runs, seats and enrolments. Not: who a customer is (crm), how mail leaves (mailing).

Verbs: `seats.claim`, `enrolment.enrol`, `enrolment.cancel`, `enrolment.accept`, `seats.set_capacity`.
"""
