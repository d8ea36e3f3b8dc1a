-- One log of what each commit adds to the indexes of references and of lists. A row with an empty
-- reference is there for a list alone, and one without lists for its reference.
ALTER TABLE reference_log RENAME TO late_log;
ALTER TABLE late_log ADD COLUMN merchant INTEGER;
ALTER TABLE late_log ADD COLUMN lists INTEGER;
ALTER TABLE late_log ADD COLUMN order_key INTEGER;

-- How far the log is in each index: every row up to merged_seq is. No row up to removed_seq is
-- given again. Until now references went into their index at once.
CREATE TABLE late_index (
    name        TEXT PRIMARY KEY,
    merged_seq  INTEGER NOT NULL,
    removed_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO late_index (name, merged_seq, removed_seq)
    SELECT names.value, (SELECT coalesce(max(seq), 0) FROM late_log), 0
    FROM json_each('["reference", "listing"]') AS names;

-- What was not in the index of lists yet. The first kind of a record there is the second here.
INSERT INTO late_log (reference, holder_kind, holder_key, merchant, lists, order_key)
    SELECT '', CASE kind WHEN 3 THEN 3 ELSE 2 END, key, merchant, 1 << (kind - 1),
        nullif(order_key, key)
    FROM listing_log ORDER BY seq;
DROP TABLE listing_log;

-- How many jobs each queue has, in the order of the queues' numbers, as of each batch of change
-- sets: the last row counts.
ALTER TABLE change_set_log ADD COLUMN depths TEXT NOT NULL DEFAULT '[]';
INSERT INTO change_set_log (seq, ids, depths)
    SELECT coalesce(max(seq), 0) + 1, x'',
        (SELECT json_group_array(waiting) FROM (SELECT waiting FROM queue_depth ORDER BY queue))
    FROM change_set_log;
DROP TABLE queue_depth;

-- The key of a table is at the end of each of its indexes anyway.
DROP INDEX job_due;
CREATE INDEX job_due ON job (queue, due_at);
