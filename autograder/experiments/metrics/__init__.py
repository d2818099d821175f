"""`autograder evaluate`: how good the digits of a finished run are, and whether they are copies."""
