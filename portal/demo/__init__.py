"""The demo's invented offering and people; every text is in the TOML files of this folder."""
