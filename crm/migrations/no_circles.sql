-- An organisation is never above itself, however long the way round and whoever sets two parents at once.

CREATE FUNCTION crm_organisation_no_circle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- One at a time: each of two that are set at once would find the other's way still open. The lock ends with the
  -- transaction, and what was committed while it was waited for is seen by the next statement.
  PERFORM pg_advisory_xact_lock(hashtext('crm_organisation.parent'));
  IF EXISTS (
    WITH RECURSIVE above AS (
      SELECT NEW.parent_id AS id
      UNION
      SELECT o.parent_id FROM crm_organisation o JOIN above a ON o.id = a.id WHERE o.parent_id IS NOT NULL
    )
    SELECT FROM above WHERE id = NEW.id
  ) THEN
    RAISE EXCEPTION 'an organisation cannot be above itself'
      USING ERRCODE = '23514', TABLE = 'crm_organisation', CONSTRAINT = 'organisation_in_no_circle';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER crm_organisation_no_circle BEFORE INSERT OR UPDATE OF parent_id ON crm_organisation
  FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION crm_organisation_no_circle();
