"""The engine: runs a project on tasks in a sandbox and scores it. Knows no Django and no other app."""
