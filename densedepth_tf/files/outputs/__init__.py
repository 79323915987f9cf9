"""What tells the outputs of this package from anybody's inputs."""
