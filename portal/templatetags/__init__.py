"""What the templates draw and say with: threads, woven marks, dates and euros."""
