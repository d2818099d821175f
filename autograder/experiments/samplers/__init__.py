"""The samplers of the course beside each other: Fréchet distance against net evaluations."""
