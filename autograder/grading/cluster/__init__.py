"""A batch on more than one machine, by Dask distributed.

description   which scheduler, or which queueing system: the command line or a YAML file
security      mutual TLS, without which nothing leaves the machine; makes certificates
remote        what runs on the machines: a judging process for each thread of a worker
judges        hands out jobs and takes records, as `batch.pool` does on one machine
"""
