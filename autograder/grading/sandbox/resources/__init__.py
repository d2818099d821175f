"""What a worker uses of the machine: memory, processes, a user id, a folder; and their release."""
