-- Messages that a sandbox keeps and does not send: a fixed number of places, each written again and
-- again.
CREATE TABLE outbox_record (
    key      INTEGER PRIMARY KEY,
    version  INTEGER NOT NULL,
    format   INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

-- E-mail and SMS have a queue each.
INSERT INTO queue_depth (queue, waiting) VALUES (5, 0), (6, 0);
