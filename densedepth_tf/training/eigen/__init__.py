"""How the networks of Eigen et al. are trained."""
