"""The recordings (录音): what is kept, where, how long, with which digest.

Asterisk writes two mono files; the archive joins them (agent left, caller right) and writes down their digest.
"""
