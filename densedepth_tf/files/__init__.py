"""Bytes to arrays and back: safe writes, and the formats that this package reads and writes."""
