"""Asterisk's configuration and life (交换机配置): render, diff, install, and bring up our own copy.

Everything is generated from one typed settings file; a file we don't own is never touched.
"""
