"""The front: what the runner talks to. It answers, receives packs and follows operations; it changes nothing itself."""
