"""The register’s pages for staff: lists, forms, what is done to many at once."""
