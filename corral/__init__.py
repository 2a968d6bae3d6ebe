"""The engine: runs a project on tasks in a sandbox and scores it; knows no other app."""
