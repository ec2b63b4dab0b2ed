"""Backends: the running processes of releases, and the process manager that runs them."""
