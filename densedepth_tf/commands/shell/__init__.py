"""What every command line shares: its parser, its edge, and the names of flags."""
