"""A batch on more than one machine, by Dask distributed.

description   the scheduler or the queueing system: from the command line or a YAML file
security      mutual TLS between machines, and its certificates
remote        runs on the machines: a judging process for each thread of a worker
pool          sends jobs and receives records, as `batch.pool` does on one machine
"""
