"""One file per export format, each with its parity check."""
