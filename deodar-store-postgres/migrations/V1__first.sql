-- Everything lives in the schema `deodar`, which the session's search path names.

-- Records: one document each, under a kind and an integer key that is ordered by time. What lists
-- search by is written when a record is made and never changes, so that writing a record again
-- touches no index.
CREATE TABLE record (
    key       bigint   NOT NULL,
    version   bigint   NOT NULL,
    -- When an answer was given, in microseconds: answers go away by their age.
    aged_at   bigint,
    -- The order that holds a refund.
    order_key bigint,
    -- Whose order, refund or delivery it is.
    merchant  integer,
    format    integer  NOT NULL,
    kind      smallint NOT NULL,
    -- Whether an order was made with a link.
    has_link  boolean  NOT NULL,
    document  text     NOT NULL,
    PRIMARY KEY (kind, key)
) WITH (fillfactor = 90);

-- What a merchant has made, newest first: orders, refunds, deliveries, and the orders with links.
CREATE INDEX record_merchant ON record (merchant, kind, key) WHERE merchant IS NOT NULL;
CREATE INDEX record_link ON record (merchant, key) WHERE has_link;
CREATE INDEX record_age ON record (aged_at) WHERE aged_at IS NOT NULL;

-- What is unique, and who holds it. The text begins with its namespace.
CREATE TABLE reference (
    holder_key  bigint   NOT NULL,
    holder_kind smallint NOT NULL,
    reference   text     COLLATE "C" PRIMARY KEY
);

-- The books: rows are added and never change. Nothing looks for one of them, so there is no index.
CREATE TABLE ledger_entry (
    at       bigint NOT NULL,
    amount   bigint NOT NULL,
    cause    uuid   NOT NULL,
    account  text   NOT NULL,
    currency text   NOT NULL
);

-- Jobs, by an id that is ordered by time. A lease changes no column of an index.
CREATE TABLE job (
    id           bigint   PRIMARY KEY,
    due_at       bigint   NOT NULL,
    subject_key  bigint   NOT NULL,
    lease        bigint,
    leased_until bigint,
    tries        integer  NOT NULL DEFAULT 0,
    queue        smallint NOT NULL,
    subject_kind smallint NOT NULL,
    payload      text
) WITH (fillfactor = 80);

CREATE INDEX job_due ON job (queue, due_at, id);
CREATE SEQUENCE job_lease;

-- How many jobs each queue has, so that nobody counts them: a queue's number is the sum over the
-- slots. Each connection has a slot to itself, so that commits do not wait for each other here.
CREATE TABLE queue_depth (
    waiting bigint   NOT NULL,
    slot    integer  NOT NULL,
    queue   smallint NOT NULL,
    PRIMARY KEY (queue, slot)
) WITH (fillfactor = 50);

-- Dense numbers: the next one to be given.
CREATE TABLE dense_number (
    next bigint NOT NULL,
    name text   COLLATE "C" PRIMARY KEY
);

CREATE TABLE counter (
    value bigint NOT NULL,
    name  text   COLLATE "C" PRIMARY KEY
);

-- The present epoch. Its row is locked from the moment a commit takes the next epoch until that
-- commit is there, so that nobody sees an epoch before those under it.
CREATE TABLE epoch (
    value bigint   NOT NULL,
    id    smallint PRIMARY KEY CHECK (id = 1)
);

INSERT INTO epoch (id, value) VALUES (1, 0);

-- In which epoch each merchant and setting was written last.
CREATE TABLE change (
    epoch bigint   NOT NULL,
    key   bigint   NOT NULL,
    kind  smallint NOT NULL,
    PRIMARY KEY (kind, key)
);

CREATE INDEX change_epoch ON change (epoch);

-- The ids of recent change sets. A commit writes its ids first, so that whoever writes one of them
-- again waits until the fate of that commit is known.
CREATE TABLE change_set_log (
    at timestamptz NOT NULL DEFAULT now(),
    id uuid        PRIMARY KEY
);

CREATE INDEX change_set_age ON change_set_log (at);

-- What is written to see whether the database can be written to.
CREATE TABLE probe (
    at timestamptz NOT NULL,
    id smallint    PRIMARY KEY CHECK (id = 1)
);

INSERT INTO probe (id, at) VALUES (1, now());
