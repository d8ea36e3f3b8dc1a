-- The bank's books. Amounts are in minor units of their currency, times in microseconds since the
-- Unix epoch. No card number, CVV or payer's address is ever written here.

-- A request to hold or take money.
CREATE TABLE authorization (
    operation           BLOB PRIMARY KEY CHECK (length(operation) = 16),
    -- What the addresses of its pages carry; no page is found by its operation.
    token               TEXT NOT NULL UNIQUE,
    merchant            INTEGER NOT NULL,
    merchant_name       TEXT NOT NULL,
    amount              INTEGER NOT NULL CHECK (amount > 0),
    currency            TEXT NOT NULL,
    hold                INTEGER NOT NULL CHECK (hold IN (0, 1)),
    flow                TEXT NOT NULL
        CHECK (flow IN ('card', 'collect', 'intent', 'netbanking')),
    -- The public summary of a card: brand, last four digits, type, issuer, category, country.
    card                TEXT CHECK ((card IS NOT NULL) = (flow = 'card')),
    -- The reason of the decline once the payer has said yes; NULL for an approval.
    verdict             TEXT,
    -- Whether captures and refunds of it work.
    moves_money         INTEGER NOT NULL CHECK (moves_money IN (0, 1)),
    return_url          TEXT NOT NULL,
    expires_at          INTEGER NOT NULL,
    otp_tries_wrong     INTEGER NOT NULL DEFAULT 0 CHECK (otp_tries_wrong BETWEEN 0 AND 3),
    -- Whether the answer to the request is lost on its way.
    answer_lost         INTEGER NOT NULL CHECK (answer_lost IN (0, 1)),
    state               TEXT NOT NULL
        CHECK (state IN ('waiting', 'pending', 'approved', 'declined', 'abandoned')),
    reason              TEXT CHECK ((reason IS NOT NULL) = (state = 'declined')),
    approval_code       TEXT CHECK ((approval_code IS NOT NULL) = (state = 'approved')),
    acquirer_reference  TEXT CHECK ((acquirer_reference IS NOT NULL) = (state = 'approved')),
    rrn                 TEXT CHECK ((rrn IS NOT NULL) = (state = 'approved')),
    made_at             INTEGER NOT NULL,
    decided_at          INTEGER
        CHECK ((decided_at IS NULL) = (state IN ('waiting', 'pending')))
) STRICT;

-- A capture, void, refund or reversal of an authorisation.
CREATE TABLE follow_on (
    operation           BLOB PRIMARY KEY CHECK (length(operation) = 16),
    -- The authorisation that it names; it need not be known here.
    authorization_id    BLOB NOT NULL CHECK (length(authorization_id) = 16),
    kind                TEXT NOT NULL CHECK (kind IN ('capture', 'void', 'refund', 'reversal')),
    amount              INTEGER NOT NULL CHECK (amount >= 0),
    currency            TEXT NOT NULL,
    -- What moved by it: to the merchant by a capture, to the payer by a refund or a reversal.
    moved               INTEGER NOT NULL CHECK (moved >= 0),
    state               TEXT NOT NULL CHECK (state IN ('approved', 'declined')),
    reason              TEXT CHECK ((reason IS NOT NULL) = (state = 'declined')),
    approval_code       TEXT CHECK ((approval_code IS NOT NULL) = (state = 'approved')),
    acquirer_reference  TEXT CHECK ((acquirer_reference IS NOT NULL) = (state = 'approved')),
    rrn                 TEXT CHECK ((rrn IS NOT NULL) = (state = 'approved')),
    decided_at          INTEGER NOT NULL,
    CHECK (state = 'approved' OR moved = 0)
) STRICT;

CREATE INDEX follow_on_by_authorization ON follow_on (authorization_id);

-- Operations that were asked about before they were asked for: they are refused from then on.
CREATE TABLE refused_operation (
    operation           BLOB PRIMARY KEY CHECK (length(operation) = 16),
    made_at             INTEGER NOT NULL
) STRICT;
