"""The library that checks are written with; students get it together with `tests/`."""
