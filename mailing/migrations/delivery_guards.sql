-- What makes deliveries provable: fixed identities, allowed steps only, and a log of them, whatever the code above says.

CREATE FUNCTION mailing_message_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.template, NEW.kind, NEW.purpose, NEW.topic_id, NEW.controller_id)
     IS DISTINCT FROM (OLD.template, OLD.kind, OLD.purpose, OLD.topic_id, OLD.controller_id)
     OR NEW.audience_size IS DISTINCT FROM OLD.audience_size AND OLD.audience_size IS DISTINCT FROM 0 THEN
    RAISE EXCEPTION 'what a message is for stays as it is' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION mailing_delivery_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state NOT IN ('queued', 'suppressed') THEN
    RAISE EXCEPTION 'a delivery begins in the queue' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION mailing_delivery_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE about text;
BEGIN
  IF (NEW.message_id, NEW.person_id, NEW.internet_message_id, NEW.is_bulk)
     IS DISTINCT FROM (OLD.message_id, OLD.person_id, OLD.internet_message_id, OLD.is_bulk) THEN
    RAISE EXCEPTION 'the identity of a delivery is fixed' USING ERRCODE = '42501';
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

CREATE FUNCTION mailing_delivery_steps() RETURNS trigger
SECURITY DEFINER SET search_path = public, pg_temp LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NEW.state <> OLD.state THEN
    INSERT INTO mailing_transition (delivery_id, at, from_state, to_state, code, by)
    VALUES (NEW.id, portal_now(), CASE WHEN TG_OP = 'UPDATE' THEN OLD.state ELSE '' END, NEW.state,
            coalesce(substring(NEW.reply FROM '^[245][0-9][0-9](?: [245]\.[0-9]{1,3}\.[0-9]{1,3})?'), ''),
            CASE WHEN TG_OP = 'UPDATE' AND OLD.state = 'in_doubt' THEN NEW.resolved_by ELSE '' END);
  END IF;
  RETURN NULL;
END $$;

-- What is under way, and an audience that was frozen, stays whole.
CREATE FUNCTION mailing_delivery_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.is_bulk OR OLD.state IN ('claimed', 'transmitting', 'in_doubt') THEN
    RAISE EXCEPTION 'this delivery stays' USING ERRCODE = '42501';
  END IF;
  RETURN OLD;
END $$;

CREATE FUNCTION mailing_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is forbidden', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501';
END $$;

-- Steps go only with their delivery.
CREATE FUNCTION mailing_transition_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 THEN
    RAISE EXCEPTION 'the steps of a delivery stay' USING ERRCODE = '42501';
  END IF;
  RETURN OLD;
END $$;

ALTER TABLE mailing_transition ADD CONSTRAINT transition_of_a_delivery
  FOREIGN KEY (delivery_id) REFERENCES mailing_delivery ON DELETE CASCADE;

CREATE TRIGGER guard BEFORE UPDATE ON mailing_message FOR EACH ROW EXECUTE FUNCTION mailing_message_guard();
CREATE TRIGGER begins BEFORE INSERT ON mailing_delivery FOR EACH ROW EXECUTE FUNCTION mailing_delivery_begins();
CREATE TRIGGER guard BEFORE UPDATE ON mailing_delivery FOR EACH ROW EXECUTE FUNCTION mailing_delivery_guard();
CREATE TRIGGER steps AFTER INSERT OR UPDATE ON mailing_delivery
  FOR EACH ROW EXECUTE FUNCTION mailing_delivery_steps();
CREATE TRIGGER stays BEFORE DELETE ON mailing_delivery FOR EACH ROW EXECUTE FUNCTION mailing_delivery_stays();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON mailing_delivery FOR EACH STATEMENT EXECUTE FUNCTION mailing_never();
CREATE TRIGGER never BEFORE UPDATE ON mailing_transition FOR EACH ROW EXECUTE FUNCTION mailing_never();
CREATE TRIGGER stays BEFORE DELETE ON mailing_transition
  FOR EACH ROW EXECUTE FUNCTION mailing_transition_stays();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON mailing_transition
  FOR EACH STATEMENT EXECUTE FUNCTION mailing_never();

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    REVOKE ALL ON mailing_transition FROM portal_app;
    GRANT SELECT ON mailing_transition TO portal_app;
    REVOKE TRUNCATE ON mailing_delivery FROM portal_app;
  END IF;
END $$;
