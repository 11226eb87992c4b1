-- What else an integration is set to (publicUrl, toleranceSeconds), as JSON.
ALTER TABLE integration ADD COLUMN options text NOT NULL DEFAULT '{}';
