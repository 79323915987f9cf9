"""Metrics, protocols, the evaluator and its reports."""
