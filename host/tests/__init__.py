"""Unit tests of the host program (scripts/unittests.py runs them)."""
