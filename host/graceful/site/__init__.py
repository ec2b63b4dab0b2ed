"""Where a site lies on its host: its settings, every path under its root, its links and its lock."""
