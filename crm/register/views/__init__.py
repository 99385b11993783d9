"""The register’s pages, by what they are about."""
