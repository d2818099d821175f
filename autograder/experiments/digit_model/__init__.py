"""The pretrained digit model that students of the editing tasks are given."""
