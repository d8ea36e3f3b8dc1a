-- Marks the file as one of ours: "DEOD".
PRAGMA application_id = 1145392964;

-- What belongs to the database itself.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The key of the hash of references, another in each database.
INSERT INTO meta (name, value) VALUES ('reference_hash_key', randomblob(16));

-- Records: one document each, under an integer key that is ordered by time.
CREATE TABLE merchant_record (
    key      INTEGER PRIMARY KEY,
    version  INTEGER NOT NULL,
    format   INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE order_record (
    key      INTEGER PRIMARY KEY,
    version  INTEGER NOT NULL,
    format   INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE refund_record (
    key      INTEGER PRIMARY KEY,
    version  INTEGER NOT NULL,
    format   INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE delivery_record (
    key      INTEGER PRIMARY KEY,
    version  INTEGER NOT NULL,
    format   INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE answer_record (
    key      INTEGER PRIMARY KEY,
    version  INTEGER NOT NULL,
    format   INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

-- Answers are removed by their age, which is in the document.
CREATE INDEX answer_age ON answer_record (json_extract(document, '$.is.at'));

CREATE TABLE setting_record (
    key      INTEGER PRIMARY KEY,
    version  INTEGER NOT NULL,
    format   INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

-- The last change of each merchant and setting; the greatest epoch is the present one.
CREATE TABLE change (
    epoch INTEGER PRIMARY KEY,
    kind  INTEGER NOT NULL,
    key   INTEGER NOT NULL,
    UNIQUE (kind, key)
) STRICT;

-- References in the order of commits, and the index by their keyed hash. References whose hashes
-- are equal are told apart by their text.
CREATE TABLE reference_log (
    seq         INTEGER PRIMARY KEY,
    reference   TEXT NOT NULL,
    holder_kind INTEGER NOT NULL,
    holder_key  INTEGER NOT NULL
) STRICT;

CREATE TABLE reference_index (
    hash INTEGER NOT NULL,
    seq  INTEGER NOT NULL,
    PRIMARY KEY (hash, seq)
) STRICT, WITHOUT ROWID;

-- Links' own numbers are dense: they need no hash.
CREATE TABLE link_number (
    number      INTEGER PRIMARY KEY,
    holder_kind INTEGER NOT NULL,
    holder_key  INTEGER NOT NULL
) STRICT;

-- What merchants have made, for lists: appended by each commit, and moved from the log into the
-- index, in its order, when the log has become long.
CREATE TABLE listing_log (
    seq       INTEGER PRIMARY KEY,
    merchant  INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    key       INTEGER NOT NULL,
    order_key INTEGER NOT NULL
) STRICT;

CREATE TABLE listing (
    merchant  INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    key       INTEGER NOT NULL,
    order_key INTEGER NOT NULL,
    PRIMARY KEY (merchant, kind, key)
) STRICT, WITHOUT ROWID;

-- The books, in the order of commits: rows are added and never change.
CREATE TABLE ledger_entry (
    seq      INTEGER PRIMARY KEY,
    cause    BLOB NOT NULL,
    at       INTEGER NOT NULL,
    account  TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount   INTEGER NOT NULL
) STRICT;

-- Jobs, by an id that is ordered by time. Rows are narrow; what is long lies in job_payload.
CREATE TABLE job (
    id           INTEGER PRIMARY KEY,
    queue        INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    subject_kind INTEGER NOT NULL,
    subject_key  INTEGER NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0,
    lease        INTEGER,
    leased_until INTEGER
) STRICT;

-- The order in which jobs are due, and after a crash those that somebody held.
CREATE INDEX job_due ON job (queue, due_at, id);
CREATE INDEX job_held ON job (id) WHERE lease IS NOT NULL;

CREATE TABLE job_payload (
    id       INTEGER PRIMARY KEY,
    document TEXT NOT NULL
) STRICT;

-- How many jobs each queue has, so that nobody counts them.
CREATE TABLE queue_depth (
    queue   INTEGER PRIMARY KEY,
    waiting INTEGER NOT NULL
) STRICT;

INSERT INTO queue_depth (queue, waiting) VALUES (1, 0), (2, 0), (3, 0), (4, 0);

-- Dense numbers: the next one to be given.
CREATE TABLE sequence (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The ids of change sets, one row a batch: 16 bytes each. Old rows are dropped from time to time.
CREATE TABLE change_set_log (
    seq INTEGER PRIMARY KEY,
    ids BLOB NOT NULL
) STRICT;
