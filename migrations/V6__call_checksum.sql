-- SQLite notices damage to its structures, not to a text within a row: with one bit flipped, an
-- argument is another argument, and the wrong thing is cleaned up. So each row has a checksum of
-- what it calls. Rows from before have none, and are not checked.

PRAGMA user_version = 6;

ALTER TABLE deferred_function ADD COLUMN checksum INTEGER CHECK (checksum BETWEEN 0 AND 4294967295);

CREATE TRIGGER function_checksum_is_fixed
BEFORE UPDATE OF checksum ON deferred_function
BEGIN SELECT RAISE(ABORT, 'lastly: what a function calls never changes, nor does its checksum; defer another, and withdraw this one: lastly cancel ID, or if it is quarantined: lastly discard ID --reason TEXT'); END;
