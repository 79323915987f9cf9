"""DenseDepth (Alhashim & Wonka 2018, arXiv 1812.11941)."""
