-- The deliveries of a merchant, newest first: the index ends with the key, which is ordered by time.
CREATE INDEX delivery_merchant ON delivery_record (json_extract(document, '$.is.merchant'));
