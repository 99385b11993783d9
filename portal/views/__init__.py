"""Pages of the site itself, by what they are for."""
