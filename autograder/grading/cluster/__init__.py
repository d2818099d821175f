"""A batch on more than one machine, by Dask distributed.

description   the scheduler or the queueing system: from the command line or a YAML file
security      mutual TLS between machines, and its certificates
pool          sends jobs and receives records, and runs judging processes on the other machines
"""
