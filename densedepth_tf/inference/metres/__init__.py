"""Metres for models that predict depth in a unit of their own."""
