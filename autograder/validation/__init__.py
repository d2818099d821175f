"""Are the checks right? What `make validate` runs."""
