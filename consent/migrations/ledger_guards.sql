-- What makes the ledger provable: hashes, derivation and refusals, whatever the code above says.

-- Unambiguous text of a value: netstrings, and moments as microseconds of the epoch, the same under every setting.
CREATE FUNCTION consent_ns(value text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT CASE WHEN value IS NULL THEN '-;' ELSE octet_length(value)::text || ':' || value || ';' END $$;

CREATE FUNCTION consent_us(moment timestamptz) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT (extract(epoch FROM moment) * 1000000)::numeric(20, 0)::text $$;

CREATE FUNCTION consent_evidence_digest(salt text, address text, ip text, user_agent text, note text)
RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
  SELECT consent_sha256(consent_ns(salt) || consent_ns(address) || consent_ns(ip) || consent_ns(user_agent)
                        || consent_ns(note))
$$;

CREATE FUNCTION consent_shown(w consent_wording) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
  SELECT CASE WHEN w.id IS NOT NULL
    THEN consent_ns(w.purpose) || consent_ns(w.version::text) || consent_ns(w.language) || consent_ns(w.digest) END
$$;

-- The text that was shown is inside by its digest: changing a wording breaks every event that shows it.
CREATE FUNCTION consent_hash(e consent_event, shown text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
  SELECT consent_sha256(
    e.prev_hash || consent_ns(e.id::text) || consent_ns(e.chain_id::text) || consent_ns(e.seq::text)
    || consent_ns(e.purpose) || consent_ns(e.channel) || consent_ns(e.topic_id::text)
    || consent_ns(e.controller_id::text) || consent_ns(e.action) || consent_ns(e.basis) || consent_ns(shown)
    || consent_ns(e.method) || consent_ns(e.source) || consent_ns(e.by_kind) || consent_ns(e.by_id::text)
    || consent_ns(consent_us(e.occurred_at)) || consent_ns(consent_us(e.recorded_at))
    || consent_ns(e.evidence_digest))
$$;

-- The refusal that stands in the way of a scope, if any. A wider refusal (all marketing, every topic) gives way to what
-- the person permitted later within it; a refusal of one topic stands until that topic is permitted again.
CREATE FUNCTION consent_refusal(chain uuid, about text, by_channel text, on_topic bigint, for_controller bigint)
RETURNS bigint STABLE LANGUAGE sql AS $$
  SELECT r.event_id FROM consent_state r
  WHERE r.chain_id = chain AND r.action IN ('withdrawn', 'objected')
    AND (r.purpose = '*' OR r.purpose = about AND r.channel = by_channel
         AND r.controller_id IS NOT DISTINCT FROM for_controller
         AND (r.topic_id IS NULL OR r.topic_id = on_topic))
    AND NOT EXISTS (
      SELECT FROM consent_state g
      WHERE g.chain_id = chain AND g.allowed AND g.event_id > r.event_id
        AND g.purpose = about AND g.channel = by_channel AND g.controller_id IS NOT DISTINCT FROM for_controller
        AND (g.topic_id IS NULL OR g.topic_id = on_topic)
        AND (r.purpose = '*' OR r.topic_id IS NULL AND g.topic_id IS NOT NULL))
  ORDER BY r.event_id DESC LIMIT 1
$$;

CREATE FUNCTION consent_chain_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.seq := 0;
  NEW.hash := consent_sha256(NEW.id::text);
  RETURN NEW;
END $$;

-- Sequence, moment, hashes and key are the database's; the head's lock puts the events of a chain in order.
CREATE FUNCTION consent_event_begins() RETURNS trigger
SECURITY DEFINER SET search_path = public, pg_temp LANGUAGE plpgsql AS $$
DECLARE head consent_chain; wording consent_wording;
BEGIN
  SELECT * INTO STRICT head FROM consent_chain WHERE id = NEW.chain_id FOR UPDATE;
  IF NEW.wording_id IS NOT NULL THEN
    SELECT * INTO STRICT wording FROM consent_wording WHERE id = NEW.wording_id;
    IF wording.purpose <> NEW.purpose THEN
      RAISE EXCEPTION 'the wording is of another purpose' USING ERRCODE = '23514';
    END IF;
  END IF;
  IF NEW.action IN ('granted', 'soft_opt_in', 'legal_person')
     AND NOT (NEW.action = 'granted' AND NEW.by_kind = 'self')
     AND consent_refusal(NEW.chain_id, NEW.purpose, NEW.channel, NEW.topic_id, NEW.controller_id) IS NOT NULL THEN
    RAISE EXCEPTION 'only the person''s own new consent lifts a refusal' USING ERRCODE = 'CN001';
  END IF;
  NEW.id := nextval(pg_get_serial_sequence('consent_event', 'id'));
  NEW.seq := head.seq + 1;
  NEW.prev_hash := head.hash;
  NEW.recorded_at := portal_now();
  NEW.occurred_at := coalesce(NEW.occurred_at, NEW.recorded_at);
  IF NEW.occurred_at > NEW.recorded_at + interval '1 minute' THEN
    RAISE EXCEPTION 'an event cannot be recorded before it happens' USING ERRCODE = '23514';
  END IF;
  NEW.hash := consent_hash(NEW, consent_shown(wording));
  UPDATE consent_chain SET seq = NEW.seq, hash = NEW.hash WHERE id = NEW.chain_id;
  RETURN NEW;
END $$;

CREATE FUNCTION consent_event_counts() RETURNS trigger
SECURITY DEFINER SET search_path = public, pg_temp LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO consent_state (chain_id, purpose, channel, topic_id, controller_id, action, allowed, event_id)
  VALUES (NEW.chain_id, NEW.purpose, NEW.channel, NEW.topic_id, NEW.controller_id, NEW.action,
          NEW.action IN ('granted', 'soft_opt_in', 'legal_person'), NEW.id)
  ON CONFLICT (chain_id, purpose, channel, topic_id, controller_id)
  DO UPDATE SET action = EXCLUDED.action, allowed = EXCLUDED.allowed, event_id = EXCLUDED.event_id;
  RETURN NULL;
END $$;

CREATE FUNCTION consent_evidence_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT evidence_digest FROM consent_event WHERE id = NEW.event_id) IS DISTINCT FROM
     consent_evidence_digest(NEW.salt, NEW.address, NEW.ip, NEW.user_agent, NEW.note) THEN
    RAISE EXCEPTION 'the event was recorded with other evidence' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION consent_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is forbidden: the ledger is only appended to', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501';
END $$;

-- Written by the triggers above alone: they run as the owner of the tables, inside another trigger.
CREATE FUNCTION consent_derived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2
     OR current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
    RAISE EXCEPTION '% is derived', TG_TABLE_NAME USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER begins BEFORE INSERT ON consent_chain FOR EACH ROW EXECUTE FUNCTION consent_chain_begins();
CREATE TRIGGER derived BEFORE UPDATE ON consent_chain FOR EACH ROW EXECUTE FUNCTION consent_derived();
CREATE TRIGGER never BEFORE DELETE ON consent_chain FOR EACH ROW EXECUTE FUNCTION consent_never();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON consent_chain FOR EACH STATEMENT EXECUTE FUNCTION consent_never();

CREATE TRIGGER begins BEFORE INSERT ON consent_event FOR EACH ROW EXECUTE FUNCTION consent_event_begins();
CREATE TRIGGER counts AFTER INSERT ON consent_event FOR EACH ROW EXECUTE FUNCTION consent_event_counts();
CREATE TRIGGER never BEFORE UPDATE OR DELETE ON consent_event FOR EACH ROW EXECUTE FUNCTION consent_never();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON consent_event FOR EACH STATEMENT EXECUTE FUNCTION consent_never();

CREATE TRIGGER derived BEFORE INSERT OR UPDATE ON consent_state FOR EACH ROW EXECUTE FUNCTION consent_derived();
CREATE TRIGGER never BEFORE DELETE ON consent_state FOR EACH ROW EXECUTE FUNCTION consent_never();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON consent_state FOR EACH STATEMENT EXECUTE FUNCTION consent_never();

CREATE TRIGGER fits BEFORE INSERT ON consent_evidence FOR EACH ROW EXECUTE FUNCTION consent_evidence_fits();
CREATE TRIGGER never BEFORE UPDATE ON consent_evidence FOR EACH ROW EXECUTE FUNCTION consent_never();

CREATE TRIGGER never BEFORE UPDATE OR DELETE ON consent_wording FOR EACH ROW EXECUTE FUNCTION consent_never();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON consent_wording FOR EACH STATEMENT EXECUTE FUNCTION consent_never();
CREATE TRIGGER never BEFORE UPDATE OR DELETE ON consent_checkpoint FOR EACH ROW EXECUTE FUNCTION consent_never();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON consent_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION consent_never();
CREATE TRIGGER never BEFORE UPDATE OR DELETE ON consent_verification FOR EACH ROW EXECUTE FUNCTION consent_never();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON consent_verification
  FOR EACH STATEMENT EXECUTE FUNCTION consent_never();

-- The digest of all chains as they were up to an event: each chain's last hash until then says all before it.
CREATE FUNCTION consent_digest(up_to bigint, OUT events bigint, OUT chains bigint, OUT digest text)
STABLE LANGUAGE sql AS $$
  SELECT coalesce(sum(seq), 0), count(*),
         consent_sha256(coalesce(string_agg(chain_id::text || hash, ',' ORDER BY chain_id), ''))
  FROM (SELECT DISTINCT ON (chain_id) chain_id, seq, hash FROM consent_event WHERE id <= up_to
        ORDER BY chain_id, seq DESC) last
$$;

-- The newest event when no other is being written: none with a smaller key can appear later.
CREATE FUNCTION consent_last_event() RETURNS bigint
SECURITY DEFINER SET search_path = public, pg_temp LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE consent_event IN SHARE MODE;
  RETURN coalesce((SELECT max(id) FROM consent_event), 0);
END $$;
REVOKE EXECUTE ON FUNCTION consent_last_event() FROM PUBLIC;

-- The application's role may append and read. UPDATE (seq) is what FOR SHARE and FOR UPDATE of a head ask for;
-- the trigger refuses the update itself.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    REVOKE ALL ON consent_wording, consent_chain, consent_event, consent_evidence, consent_state,
      consent_checkpoint, consent_verification FROM portal_app;
    GRANT SELECT, INSERT ON consent_wording, consent_chain, consent_event, consent_evidence,
      consent_checkpoint, consent_verification TO portal_app;
    GRANT SELECT ON consent_state TO portal_app;
    GRANT DELETE ON consent_evidence TO portal_app;
    GRANT UPDATE (seq) ON consent_chain TO portal_app;
    GRANT EXECUTE ON FUNCTION consent_last_event() TO portal_app;
  END IF;
END $$;
