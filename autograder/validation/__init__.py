"""Are the checks right? What `make validate` runs, and what of it need not be run again."""
