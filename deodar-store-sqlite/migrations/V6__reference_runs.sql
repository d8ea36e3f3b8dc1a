-- The index of references is made of runs: rows sorted by their hash, in buckets of equal shares of
-- all hashes. A run is written once and never changed; several are merged into a greater one.
-- What reference_index holds is moved into a run when the database is opened, and the table is
-- dropped then.

-- The rows of late_log that a run holds are from first_seq to last_seq. row_count is how many of
-- those had a reference; the run holds them without those that reference_removed names.
-- state: 1 is being merged from the runs whose target it is, 2 is whole, 3 is being dropped.
CREATE TABLE reference_run (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    level     INTEGER NOT NULL,
    buckets   INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    state     INTEGER NOT NULL,
    target    INTEGER
) STRICT;

-- The rows of a bucket: six bytes of the hash and six of the row of late_log, each.
CREATE TABLE reference_bucket (
    place INTEGER PRIMARY KEY,
    rows  BLOB NOT NULL
) STRICT;

-- What memory holds of a bucket, so that a reference that is not there is not looked for there.
CREATE TABLE reference_filter (
    place INTEGER PRIMARY KEY,
    bits  BLOB NOT NULL
) STRICT;

-- Which rows of late_log were removed, a bit each, so that a merge leaves them out.
CREATE TABLE reference_removed (
    block INTEGER PRIMARY KEY,
    bits  BLOB NOT NULL
) STRICT;
