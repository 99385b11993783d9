-- Whose a delivery is stays fixed, but for one thing: when two people turn out to be one, it goes with them, and comes
-- back when they turn out to be two. Not while a worker has it in hand, which knows the person by the former key.

CREATE OR REPLACE FUNCTION mailing_delivery_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE about text;
BEGIN
  IF (NEW.message_id, NEW.internet_message_id, NEW.is_bulk)
     IS DISTINCT FROM (OLD.message_id, OLD.internet_message_id, OLD.is_bulk) THEN
    RAISE EXCEPTION 'the identity of a delivery is fixed' USING ERRCODE = '42501';
  END IF;
  IF NEW.person_id <> OLD.person_id AND (
      OLD.state IN ('claimed', 'transmitting') OR NEW.state <> OLD.state OR NOT EXISTS (
        SELECT FROM consent_alias a
        WHERE (a.person_id, a.kept_id) IN ((OLD.person_id, NEW.person_id), (NEW.person_id, OLD.person_id)))) THEN
    RAISE EXCEPTION 'a delivery goes with its person, to whom they turned out to be' USING ERRCODE = '42501';
  END IF;
  IF NEW.state = OLD.state THEN
    RETURN NEW;
  END IF;
  IF NOT (OLD.state, NEW.state) IN (
      ('queued', 'claimed'), ('queued', 'suppressed'),
      ('claimed', 'queued'), ('claimed', 'transmitting'), ('claimed', 'suppressed'), ('claimed', 'failed'),
      ('transmitting', 'sent'), ('transmitting', 'failed'), ('transmitting', 'queued'), ('transmitting', 'in_doubt'),
      ('in_doubt', 'sent'), ('in_doubt', 'failed'), ('in_doubt', 'queued')) THEN
    RAISE EXCEPTION 'a delivery does not go from % to %', OLD.state, NEW.state USING ERRCODE = '42501';
  END IF;
  IF OLD.state = 'transmitting' AND NEW.state = 'queued' AND NEW.reply !~ '^4[0-9][0-9] ' THEN
    RAISE EXCEPTION 'only a definite refusal for now lets a mail go again' USING ERRCODE = '42501';
  END IF;
  IF OLD.state = 'in_doubt' AND NEW.resolved_by = '' THEN
    RAISE EXCEPTION 'somebody or something ends a doubt' USING ERRCODE = '42501';
  END IF;
  IF NEW.state = 'transmitting' THEN
    SELECT kind INTO STRICT about FROM mailing_message WHERE id = NEW.message_id;
    IF about = 'marketing' AND NOT EXISTS (
        SELECT FROM consent_event e JOIN consent_chainowner o ON o.chain_id = e.chain_id
        WHERE e.id = NEW.permitted_by_id AND o.person_id = NEW.person_id) THEN
      RAISE EXCEPTION 'marketing names the permission of its reader' USING ERRCODE = '42501';
    END IF;
  END IF;
  RETURN NEW;
END $$;
