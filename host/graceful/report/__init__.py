"""What is told of a site to people and to programs. Nothing here changes anything, or waits for the lock."""
