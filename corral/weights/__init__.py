"""Files of weights in the GGUF format: their digests, and what they say of themselves."""
