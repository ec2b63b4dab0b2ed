"""The host program of Graceful: everything that changes a site on its host, under one lock, with one journal."""
