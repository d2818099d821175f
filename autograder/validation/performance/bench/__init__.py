"""How fast the reference trains and samples, beside diffusers and beside the hardware's peak."""
