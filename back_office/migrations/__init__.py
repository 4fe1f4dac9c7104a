"""The migrations of the back office's tables, run by hotline.db.migrate."""
