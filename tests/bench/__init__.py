"""Benchmarks: figures with their unit and machine, never tests."""
