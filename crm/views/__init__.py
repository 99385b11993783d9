"""Pages of the customer register, for staff."""
