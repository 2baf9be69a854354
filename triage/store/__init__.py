"""The database: the only importer of models and SQLAlchemy. Customer data leaves through scoped.py."""
