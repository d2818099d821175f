"""The checks that students receive, each beside the probe that it sends."""
