"""Real runs while everything that the platform stands on is killed, cut and frozen."""
