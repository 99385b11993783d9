-- Triggers go with their functions; the tables and their rights go with the migration before.
ALTER TABLE mailing_transition DROP CONSTRAINT transition_of_a_delivery;
DROP FUNCTION mailing_transition_stays() CASCADE;
DROP FUNCTION mailing_never() CASCADE;
DROP FUNCTION mailing_delivery_stays() CASCADE;
DROP FUNCTION mailing_delivery_steps() CASCADE;
DROP FUNCTION mailing_delivery_guard() CASCADE;
DROP FUNCTION mailing_delivery_begins() CASCADE;
DROP FUNCTION mailing_message_guard() CASCADE;
