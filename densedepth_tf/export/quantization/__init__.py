"""8-bit artefacts, and what they cost."""
