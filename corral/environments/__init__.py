"""Environments of projects: resolved and installed by uv, contained, cached by their content."""
