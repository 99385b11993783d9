"""Owns the catalogue, search, runs, seats and enrolments. Not: who a customer is (crm), how mail leaves (mailing).

Verbs: `enrolment.enrol`, `enrolment.accept_offer`, `enrolment.cancel`, `enrolment.settle`, `runs.set_capacity`.
"""
