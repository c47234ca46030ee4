"""Properties are tried with 150 examples each, however long one takes on a busy machine."""

from hypothesis import settings

settings.register_profile("core", max_examples=150, deadline=None, database=None)
settings.load_profile("core")
