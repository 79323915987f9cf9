"""What happens during a training: what is watched, shown, kept and refused."""
