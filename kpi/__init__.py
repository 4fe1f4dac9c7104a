"""The figures (统计指标): journeys folded from events, indicators of seeds 001 and 004, thresholds, reports.

Exact integers inside; verdicts never from rounded values; null where nothing can be said.
"""
