"""Owns institutions, the people who sign in and what staff may do. Not: customers (crm), personal data (consent)."""
