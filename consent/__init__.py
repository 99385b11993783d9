"""Owns the people whose address we hold, what they permit and the proof. Not: sign-in (accounts), customers (crm)."""
