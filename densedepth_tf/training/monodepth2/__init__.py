"""How Monodepth2 is trained."""
