-- A delivery's merchant in a column of its own: an index by an expression on the document was reckoned
-- anew at each attempt, and an index by a column that does not change is left alone.
DROP INDEX delivery_merchant;
ALTER TABLE delivery_record ADD COLUMN merchant INTEGER;
UPDATE delivery_record SET merchant = json_extract(document, '$.is.merchant');
CREATE INDEX delivery_merchant ON delivery_record (merchant);
