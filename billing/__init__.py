"""Owns orders, invoices, VAT and payments. Not: what is sold (courses) or to whom (crm)."""
