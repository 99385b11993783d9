"""Template tags of the customer register."""
