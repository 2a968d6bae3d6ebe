"""Starts PostgreSQL, Valkey, the model and the platform's processes, from outside of Django."""
