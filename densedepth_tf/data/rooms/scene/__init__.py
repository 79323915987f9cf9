"""What is in a rendered room, and where."""
