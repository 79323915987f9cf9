"""How DenseDepth is trained."""
