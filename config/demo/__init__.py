"""A whole hackathon on one machine: seeded, submitted to over the API, watched and reported."""
