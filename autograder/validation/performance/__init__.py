"""How fast the reference trains and samples, and how fast a class is graded."""
