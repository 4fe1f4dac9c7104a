"""The only package that knows everybody (总装): the call path, restart, the supervisor, the command line.

Read ``call_path.py`` first: it is one call from welcome to goodbye.
"""
