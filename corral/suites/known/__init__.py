"""Known benchmarks, an entry a file: where they come from, their licence, prompt and scorer."""
