"""What holds for all selftests."""

from hypothesis import settings

settings.register_profile("batepapo", deadline=None)  # a busy machine is no failure
settings.load_profile("batepapo")
