"""Operations: what changes a site. Each runs in a detached process under the lock, and tells of itself in events."""
