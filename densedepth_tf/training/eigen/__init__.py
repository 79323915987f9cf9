"""How the networks of Eigen et al. are trained."""

SAVED_PARTS = {"LayerwiseSGD": "layerwise_sgd"}
