-- The bank's books. Amounts are in minor units of their currency, times in microseconds since the
-- Unix epoch. No card number, CVV, account number or UPI address is ever written here; of a payer
-- the mobile number of a Pay Later account alone, by which a lender knows what is owed.

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
        CHECK (flow IN ('card', 'points', 'credit_emi', 'debit_emi', 'collect', 'intent',
                        'netbanking', 'wallet', 'cardless_emi', 'pay_later')),
    -- The public summary of a card: brand, last four digits, type, issuer, category, country.
    card                TEXT
        CHECK ((card IS NOT NULL) = (flow IN ('card', 'points', 'credit_emi', 'debit_emi'))),
    -- Over how many months it is paid back, and how much a month.
    tenure              INTEGER
        CHECK ((tenure IS NOT NULL) = (flow IN ('credit_emi', 'debit_emi', 'cardless_emi'))),
    monthly             INTEGER CHECK ((monthly IS NOT NULL) = (tenure IS NOT NULL)),
    wallet              TEXT CHECK ((wallet IS NOT NULL) = (flow = 'wallet')),
    -- The Pay Later account: the lender and the mobile number.
    lender              TEXT CHECK ((lender IS NOT NULL) = (flow = 'pay_later')),
    mobile              TEXT CHECK ((mobile IS NOT NULL) = (lender IS NOT NULL)),
    -- Whether nothing is owed of an approved Pay Later payment any more, and never will be: a payer
    -- who pays and is refunded for ever leaves nothing to be summed up.
    repaid              INTEGER NOT NULL DEFAULT 0
        CHECK (repaid IN (0, 1) AND (repaid = 0 OR flow = 'pay_later')),
    -- The last digits of the bank account that alone may pay; NULL where any may.
    account_end         TEXT,
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
    -- Told with the first answer, and with the approval too.
    acquirer_reference  TEXT NOT NULL,
    rrn                 TEXT CHECK ((rrn IS NOT NULL) = (state = 'approved')),
    made_at             INTEGER NOT NULL,
    decided_at          INTEGER
        CHECK ((decided_at IS NULL) = (state IN ('waiting', 'pending')))
) STRICT;

CREATE INDEX authorization_by_borrower ON authorization (lender, mobile)
    WHERE lender IS NOT NULL AND state IN ('waiting', 'approved') AND repaid = 0;

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
