-- 1: somebody tries the connection; the provider's plugin says so. Events stored before this was recorded read 0.
ALTER TABLE event ADD COLUMN test INTEGER NOT NULL DEFAULT 0;
