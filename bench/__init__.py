"""Measures the service on this machine: memory, CPU, latency, start."""
