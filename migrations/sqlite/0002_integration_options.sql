-- What else an integration is set to (plugin, publicUrl, toleranceSeconds), as JSON.
ALTER TABLE integration ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
