"""What staff type into the register, field by field."""
