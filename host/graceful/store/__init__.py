"""The content-addressed store: objects by SHA-256 and executable bit, trees by their manifest, environments by name."""
