"""Filters of the run pages."""
