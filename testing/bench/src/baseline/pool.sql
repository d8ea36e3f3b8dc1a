-- What the gateway's own store keeps of an order, in the tables that anyone would make for it.

CREATE TABLE merchant (
    id       INTEGER PRIMARY KEY,
    version  INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE "order" (
    key      INTEGER PRIMARY KEY,
    version  INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE reference (
    merchant    INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    reference   TEXT NOT NULL,
    holder_kind INTEGER NOT NULL,
    holder      INTEGER NOT NULL,
    PRIMARY KEY (merchant, kind, reference)
) STRICT, WITHOUT ROWID;

CREATE TABLE link_number (
    number INTEGER PRIMARY KEY,
    holder INTEGER NOT NULL
) STRICT;

CREATE TABLE listing (
    merchant  INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    key       INTEGER NOT NULL,
    PRIMARY KEY (merchant, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE job (
    id      INTEGER PRIMARY KEY,
    queue   INTEGER NOT NULL,
    due_at  INTEGER NOT NULL,
    subject INTEGER NOT NULL,
    payload TEXT
) STRICT;

CREATE INDEX job_due ON job (queue, due_at);
