"""Owns the site as a whole: settings, URLs, menu, home, health and the demo. Imports every app; no app imports it."""
