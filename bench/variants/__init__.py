"""One process per way of driving the measured call; each prints ``ready`` and on SIGTERM writes its tally."""
