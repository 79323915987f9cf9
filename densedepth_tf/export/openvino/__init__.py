"""Export to OpenVINO."""
