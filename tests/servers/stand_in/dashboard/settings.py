"""Named by the fingerprint of the static files."""
