"""Sign-in by token: the only importer of msal, google-auth and cryptography."""
