-- A register of 100,000 contacts in 8,000 organisations: invented names as often as Finnish ones are, every fifth at a
-- free mail service. Written past the triggers, in the scratch database of bench/crm/register.py alone.
SET session_replication_role = replica;
SELECT setseed(0.42);

CREATE TEMP TABLE first_names AS
SELECT name, row_number() OVER () AS no FROM unnest(ARRAY[
  'Anna', 'Liisa', 'Maria', 'Juhani', 'Johannes', 'Aino', 'Eeva', 'Mikko', 'Petri', 'Antti', 'Timo', 'Kari', 'Matti',
  'Jari', 'Heikki', 'Päivi', 'Sari', 'Tiina', 'Minna', 'Hanna', 'Kirsi', 'Anne', 'Riitta', 'Ritva', 'Leena', 'Ville',
  'Jukka', 'Marko', 'Sami', 'Teemu', 'Åsa', 'Björn', 'Göran', 'Kerstin', 'Noora', 'Ella', 'Oona', 'Eino', 'Onni', 'Ahti'
]) AS name;

CREATE TEMP TABLE surnames AS
SELECT stem || ending AS name, row_number() OVER (ORDER BY md5(stem || ending)) AS no  -- common ones are not alike
FROM unnest(ARRAY[
  'Virta', 'Niemi', 'Mäki', 'Koski', 'Lehto', 'Kangas', 'Salo', 'Järvi', 'Ranta', 'Laakso', 'Korho', 'Heino', 'Hakka',
  'Kallio', 'Peura', 'Saari', 'Ahola', 'Leino', 'Tuomi', 'Räsä', 'Lapi', 'Manni', 'Ojala', 'Harju', 'Pelto'
]) AS stem, unnest(ARRAY[
  'nen', 'la', '', 'linna', 'niemi', 'kangas', 'salmi', 'maa', 'vuori', 'joki', 'inen', 'sto', 'nmäki', 'ström', 'berg',
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

-- Of 100 one is entered twice, with a private address and the same phone. Namesakes are as many as in a small country.
CREATE TEMP TABLE drawn AS
SELECT 1000000 + each.no AS id, first_names.name || ' ' || surnames.name AS name, CASE WHEN each.no % 5 = 0 THEN 'gmail.com'
         ELSE 'yritys' || (1 + each.no % 8000) || '.fi' END AS domain, '+35840' || lpad((each.no * 7919::bigint % 10000000)::text, 7, '0') AS phone
FROM (
  SELECT no, 1 + floor(random() * 40)::int AS first, 1 + floor(random() * random() * 500)::int AS last
  FROM generate_series(1, 99000) AS no
) each JOIN first_names ON first_names.no = each.first JOIN surnames ON surnames.no = each.last;
INSERT INTO drawn SELECT id + 99000, name, 'gmail.com', phone FROM drawn WHERE id <= 1001000;

INSERT INTO consent_person (id, kind, name, language, created_at)
SELECT id, 'natural', name, CASE WHEN id % 20 = 0 THEN 'sv' ELSE 'fi' END, now() FROM drawn;

INSERT INTO consent_address (person_id, email, is_primary, created_at)
SELECT id, local || CASE WHEN no > 1 THEN no::text ELSE '' END || '@' || domain, true, now()
FROM (
  SELECT id, local, domain, row_number() OVER (PARTITION BY local, domain ORDER BY id) AS no
  FROM drawn CROSS JOIN LATERAL (SELECT translate(lower(replace(name, ' ', '.')), 'åäö', 'aao') AS local) made
) numbered;

INSERT INTO crm_contactperson (person_id, title, languages, source)
SELECT id, 'asiantuntija', ARRAY['fi'], 'bench' FROM drawn;

INSERT INTO crm_contactphone (contact_id, number, kind, is_primary)
SELECT id, phone, 'mobile', true FROM drawn;

INSERT INTO crm_affiliation (person_id, organisation_id, title, rights, decision_power, is_primary, since)
SELECT id, 1000001 + id % 8000, '', 'member', (ARRAY['decides', 'proposes', 'uses', ''])[1 + id % 4], true, now() - interval '5 years'
FROM drawn;

-- Everybody has a named contact, three talks in three years, and every thirtieth something to be done.
CREATE TEMP TABLE staff AS
SELECT id, row_number() OVER (ORDER BY id) - 1 AS no, count(*) OVER () AS number FROM accounts_user WHERE is_staff;

INSERT INTO crm_namedcontact (person_id, user_id, chosen)
SELECT drawn.id, staff.id, 'rule' FROM drawn JOIN staff ON staff.no = drawn.id % staff.number;

INSERT INTO crm_namedcontact (organisation_id, user_id, chosen)
SELECT 1000000 + companies.no, staff.id, 'rule' FROM companies JOIN staff ON staff.no = companies.no % staff.number;

INSERT INTO crm_encounter (kind, person_id, organisation_id, channel, text, data, by_id, at)
SELECT 'crm.call', drawn.id, 1000001 + drawn.id % 8000, 'phone', 'Soitto', '{}', staff.id,
       now() - make_interval(days => (drawn.id % 300 + each.year * 300)::int)
FROM drawn JOIN staff ON staff.no = drawn.id % staff.number CROSS JOIN generate_series(0, 2) AS each(year);

INSERT INTO crm_task (kind, what, person_id, assignee_id, due_at)
SELECT 'step', 'Soita uudelleen', drawn.id, staff.id, now() + make_interval(days => (drawn.id % 40 - 20)::int)
FROM drawn JOIN staff ON staff.no = drawn.id % staff.number WHERE drawn.id % 30 = 0;

-- The person 1000001 and the organisation 1000500 have had 2,000 encounters each, of every kind that staff write.
INSERT INTO crm_encounter (kind, person_id, organisation_id, channel, text, data, by_id, at)
SELECT (ARRAY['crm.call', 'crm.visit', 'crm.meeting', 'crm.fair', 'crm.social', 'crm.note'])[1 + each.no % 6], who.person, who.organisation,
       (ARRAY['phone', 'visit', 'meeting', 'fair', 'social', ''])[1 + each.no % 6], 'Kohtaaminen ' || each.no, '{}', staff.id,
       now() - make_interval(hours => each.no * 12)
FROM generate_series(1, 2000) AS each(no) JOIN staff ON staff.no = each.no % staff.number
CROSS JOIN LATERAL (VALUES (1000001, NULL::bigint), (1000499 + 8000 * (each.no % 12), 1000500)) AS who(person, organisation);

RESET session_replication_role;
