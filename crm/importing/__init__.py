"""Customers from files: read, matched to columns, tried, brought in by slices, taken back."""
