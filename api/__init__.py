"""The JSON API and the queue pages."""
