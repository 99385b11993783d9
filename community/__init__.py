"""Owns membership and its benefits, discussions, knowledge and ideas. Not: what is sold (courses)."""
