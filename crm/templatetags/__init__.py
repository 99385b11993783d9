"""Template tags of crm."""
