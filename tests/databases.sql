-- Run by a superuser in the tests' template database once it is migrated.

-- The clock can be set for a connection: SELECT set_config('test.now', '2026-11-23 12:00+02', false).
CREATE OR REPLACE FUNCTION public.portal_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(nullif(current_setting('test.now', true), '')::timestamptz, clock_timestamp())
$$;

-- What migrations put into tables, kept aside, so that a test's traces can be told from it. Sending stays as it is.
CREATE SCHEMA reference;

CREATE TABLE reference.tables AS
SELECT c.relname::text AS name,
       (SELECT string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
       false AS filled
FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT IN ('django_migrations', 'mailing_sending');

DO $$
DECLARE item record; filled boolean;
BEGIN
  FOR item IN SELECT name FROM reference.tables LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', item.name) INTO filled;
    IF filled THEN
      EXECUTE format('CREATE TABLE reference.%1$I AS TABLE public.%1$I', item.name);
      UPDATE reference.tables SET filled = true WHERE name = item.name;
    END IF;
  END LOOP;
END
$$;

-- Bring every table back to what migrations made. Deletes row by row with triggers off: what must
-- refuse TRUNCATE, UPDATE or DELETE in the product keeps its triggers, and needs no way around them.
CREATE FUNCTION reference.restore() RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET session_replication_role = replica SET statement_timeout = '20s' AS $$
DECLARE item record; touched boolean;
BEGIN
  FOR item IN SELECT name, columns, filled FROM reference.tables LOOP
    IF item.filled THEN
      EXECUTE format(
        'DELETE FROM public.%1$I t WHERE t::text NOT IN (SELECT r::text FROM reference.%1$I r)',
        item.name);
      EXECUTE format(
        'INSERT INTO public.%1$I (%2$s) SELECT %2$s FROM reference.%1$I r'
        ' WHERE r::text NOT IN (SELECT t::text FROM public.%1$I t)',
        item.name, item.columns);
    ELSE
      EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', item.name) INTO touched;
      IF touched THEN
        EXECUTE format('DELETE FROM public.%I', item.name);
      END IF;
    END IF;
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA reference TO PUBLIC;
