-- What else an integration is set to (plugin, publicUrl, toleranceSeconds), as JSON.
ALTER TABLE integration ADD COLUMN options text NOT NULL DEFAULT '{}';
