"""The ground under all apps: small modules without models that no single app owns."""
