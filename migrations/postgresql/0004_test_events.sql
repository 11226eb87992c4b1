-- Somebody tries the connection: the provider's plugin says so. Events stored before this was recorded read false.
ALTER TABLE event ADD COLUMN test boolean NOT NULL DEFAULT false;
