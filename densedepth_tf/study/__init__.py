"""Several systems on the same data with the same budget: trained, measured, reported."""
