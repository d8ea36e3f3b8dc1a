-- What the gateway's own store keeps of an order, in the tables that anyone would make for it.

CREATE TABLE merchant (
    id       bigint PRIMARY KEY,
    version  bigint NOT NULL,
    document text NOT NULL
);

CREATE TABLE "order" (
    key      bigint PRIMARY KEY,
    version  bigint NOT NULL,
    document text NOT NULL
);

CREATE TABLE reference (
    merchant    bigint NOT NULL,
    kind        bigint NOT NULL,
    reference   text COLLATE "C" NOT NULL,
    holder_kind bigint NOT NULL,
    holder      bigint NOT NULL,
    PRIMARY KEY (merchant, kind, reference)
);

CREATE TABLE link_number (
    number bigint PRIMARY KEY,
    holder bigint NOT NULL
);

CREATE TABLE listing (
    merchant bigint NOT NULL,
    kind     bigint NOT NULL,
    key      bigint NOT NULL,
    PRIMARY KEY (merchant, kind, key)
);

CREATE TABLE job (
    id      bigint PRIMARY KEY,
    queue   bigint NOT NULL,
    due_at  bigint NOT NULL,
    subject bigint NOT NULL,
    payload text
);

CREATE INDEX job_due ON job (queue, due_at);
