"""index.html: for staff, the whole batch on one page."""
