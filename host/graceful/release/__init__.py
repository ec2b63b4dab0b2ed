"""One release on the host: what the runner said of it, its folder, its start commands."""
