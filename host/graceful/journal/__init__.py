"""The append-only record of every operation, and what it says about the site."""
