"""Command lines: parse, then call one library function."""
