-- Once a mail has passed the gate, the moment and the right by which it left are what they were: promise b4 is proven
-- from them. They are written again only by another pass of the gate, or by what stops the mail before it.

CREATE FUNCTION mailing_delivery_proof() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'when and by what right a mail left stays as it was' USING ERRCODE = '42501';
END $$;

CREATE TRIGGER proof BEFORE UPDATE ON mailing_delivery FOR EACH ROW
WHEN (OLD.transmit_at IS NOT NULL AND (
  (NEW.state = OLD.state OR NEW.state NOT IN ('transmitting', 'suppressed'))
  AND (NEW.transmit_at, NEW.permitted_by_id, NEW.decision)
      IS DISTINCT FROM (OLD.transmit_at, OLD.permitted_by_id, OLD.decision)
  OR NEW.state = OLD.state AND NEW.sent_at IS DISTINCT FROM OLD.sent_at))
EXECUTE FUNCTION mailing_delivery_proof();
