"""Forms of the workbench's pages on customers."""
