"""The workbench's pages on customers."""
