"""The migrations of the SMS bridge's tables, run by hotline.db.migrate."""
