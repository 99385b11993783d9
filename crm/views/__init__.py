"""Pages of the customer register, by what they handle."""
