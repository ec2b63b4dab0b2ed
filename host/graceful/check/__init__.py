"""Asking a release whether it serves: through its own socket, and through the host's own web server."""
