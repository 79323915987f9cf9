"""More pictures than one process takes: predictions on Ray Data, on one machine or many."""
