"""newer_schema.py DATABASE

Makes a database look as if a newer release had written it.
"""
import sqlite3
import sys

with sqlite3.connect(sys.argv[1]) as database:
    newest = database.execute("SELECT * FROM refinery_schema_history ORDER BY version DESC").fetchone()
    marks = ", ".join("?" * len(newest))
    columns = [row[1] for row in database.execute("PRAGMA table_info(refinery_schema_history)")]
    newer = dict(zip(columns, newest)) | {"version": 9999}
    database.execute(
        f"INSERT INTO refinery_schema_history ({', '.join(newer)}) VALUES ({marks})",
        list(newer.values()))
database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
database.close()
