-- Triggers go with their functions; the tables and their rights go with the migration before.
DROP FUNCTION consent_last_event();
DROP FUNCTION consent_digest(bigint);
DROP FUNCTION consent_derived() CASCADE;
DROP FUNCTION consent_never() CASCADE;
DROP FUNCTION consent_evidence_fits() CASCADE;
DROP FUNCTION consent_event_counts() CASCADE;
DROP FUNCTION consent_event_begins() CASCADE;
DROP FUNCTION consent_chain_begins() CASCADE;
DROP FUNCTION consent_refusal(uuid, text, text, bigint, bigint);
DROP FUNCTION consent_hash(consent_event, text);
DROP FUNCTION consent_shown(consent_wording);
DROP FUNCTION consent_evidence_digest(text, text, text, text, text);
DROP FUNCTION consent_us(timestamptz);
DROP FUNCTION consent_ns(text);
