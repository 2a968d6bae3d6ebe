"""The metered, OpenAI-compatible gateway: a project's only way out, one for each sandbox."""
