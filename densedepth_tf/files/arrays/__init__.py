"""Arrays and tables in files: .npy, .mat, poses, trajectories."""
