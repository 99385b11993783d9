"""Owns the only way a message leaves. Verbs: `outbox.queue`; jobs drain what is due through the gateway."""
