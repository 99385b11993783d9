"""The catalogue in the formats of others."""
