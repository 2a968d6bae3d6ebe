"""Whether scorers do what they say: on reference answers, shuffled ones, and recorded outputs."""
