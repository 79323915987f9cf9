"""What a run keeps and reports while it trains."""
