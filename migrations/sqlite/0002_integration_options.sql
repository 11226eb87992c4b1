-- What else an integration is set to (publicUrl, toleranceSeconds), as JSON.
ALTER TABLE integration ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
