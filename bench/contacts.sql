-- A register of 100,000 contacts in 8,000 organisations: invented names as often as Finnish ones are, every fifth at a
-- free mail service. Written past the triggers, in the scratch database of bench/crm.py alone.
SET session_replication_role = replica;
SELECT setseed(0.42);

CREATE TEMP TABLE first_names AS
SELECT name, row_number() OVER () AS no FROM unnest(ARRAY[
  'Anna', 'Liisa', 'Maria', 'Juhani', 'Johannes', 'Aino', 'Eeva', 'Mikko', 'Petri', 'Antti', 'Timo', 'Kari', 'Matti',
  'Jari', 'Heikki', 'Päivi', 'Sari', 'Tiina', 'Minna', 'Hanna', 'Kirsi', 'Anne', 'Riitta', 'Ritva', 'Leena', 'Ville',
  'Jukka', 'Marko', 'Sami', 'Teemu', 'Åsa', 'Björn', 'Göran', 'Kerstin', 'Noora', 'Ella', 'Oona', 'Eino', 'Onni', 'Ahti'
]) AS name;

CREATE TEMP TABLE surnames AS
SELECT stem || ending AS name, row_number() OVER () AS no
FROM unnest(ARRAY[
  'Virta', 'Niemi', 'Mäki', 'Koski', 'Lehto', 'Kangas', 'Salo', 'Järvi', 'Ranta', 'Laakso', 'Korho', 'Heino', 'Hakka',
  'Kallio', 'Peura', 'Saari', 'Ahola', 'Leino', 'Tuomi', 'Räsä', 'Lapi', 'Manni', 'Ojala', 'Harju', 'Pelto'
]) AS stem, unnest(ARRAY[
  'nen', 'la', '', 'linna', 'niemi', 'kangas', 'lä', 'maa', 'vuori', 'joki', 'inen', 'sto', 'nmäki', 'ström', 'berg',
  'sson', 'lund', 'holm', 'kivi', 'suo'
]) AS ending;

CREATE TEMP TABLE companies AS
SELECT each.no, surnames.name || ' ' || (ARRAY[
         'Konepaja', 'Metalli', 'Rakennus', 'Ohjelmistot', 'Hoiva', 'Energia', 'Logistiikka', 'Paperi', 'Elintarvike'
       ])[1 + each.no % 9] || ' ' || each.no || ' ' || (ARRAY['Oy', 'Oyj', 'Ab', 'ry'])[1 + each.no % 4] AS name
FROM generate_series(1, 8000) AS each(no) JOIN surnames ON surnames.no = 1 + each.no % 500;

INSERT INTO crm_organisation (id, name, business_id, industry, size, website, einvoice_address, einvoice_operator, source)
SELECT 1000000 + no, name, '', '', '', '', '', '', 'bench' FROM companies;

INSERT INTO crm_organisationdomain (organisation_id, domain)
SELECT 1000000 + no, 'yritys' || no || '.fi' FROM companies;

INSERT INTO consent_person (id, kind, name, language, created_at)
SELECT 1000000 + drawn.no, 'natural', first_names.name || ' ' || surnames.name, 'fi', now()
FROM (
  SELECT no, 1 + floor(random() * 40)::int AS first, 1 + floor(random() * random() * 500)::int AS last
  FROM generate_series(1, 100000) AS no
) drawn JOIN first_names ON first_names.no = drawn.first JOIN surnames ON surnames.no = drawn.last;

INSERT INTO consent_address (person_id, email, is_primary, created_at)
SELECT id, translate(lower(replace(name, ' ', '.')), 'åäö', 'aao') || id || '@'
       || CASE WHEN id % 5 = 0 THEN 'gmail.com' ELSE 'yritys' || (1 + id % 8000) || '.fi' END, true, now()
FROM consent_person WHERE id > 1000000;

INSERT INTO crm_contactperson (person_id, title, languages, source)
SELECT id, 'asiantuntija', ARRAY['fi'], 'bench' FROM consent_person WHERE id > 1000000;

INSERT INTO crm_contactphone (contact_id, number, kind, is_primary)
SELECT person_id, '+35840' || lpad((person_id * 7919 % 10000000)::text, 7, '0'), 'mobile', true
FROM crm_contactperson WHERE person_id > 1000000;

INSERT INTO crm_affiliation (person_id, organisation_id, title, rights, decision_power, is_primary)
SELECT id, 1000001 + id % 8000, '', 'member', '', true FROM consent_person WHERE id > 1000000;

RESET session_replication_role;
