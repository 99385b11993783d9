"""Pages of the catalogue and of enrolment, by audience."""
