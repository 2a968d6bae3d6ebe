"""Filters and tags that more than one app uses."""
