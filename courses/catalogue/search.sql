-- The catalogue in one statement: the counts of every facet, the names of their options, and one page of courses
-- with what their rows show. Answer: kind, key, number, details.
--
-- A course is shown by its upcoming runs; one that has none, by its latest. `facts` has a row for each of those runs
-- with its value in every facet and, for every filter, 1 where the run misses it. Filters on runs are thus met by one
-- and the same run. A row that misses nothing is a hit; a facet counts the rows that miss nothing but its own filter.
WITH course AS (
  SELECT c.id, c.institution_id, c.credits, asked.rank
  FROM courses_course c
  LEFT JOIN unnest(%(found)s::bigint[], %(ranks)s::float8[]) AS asked (id, rank) USING (id)
  WHERE c.published_at <= portal_now() AND c.withdrawn_at IS NULL
),
-- upcoming means what RunQuerySet.upcoming means by it
run AS (
  SELECT r.*,
    CASE WHEN r.starts_on IS NULL THEN r.ends_on IS NULL ELSE r.starts_on >= %(today)s END AS is_upcoming
  FROM courses_run r
  WHERE r.kind = 'open' AND r.state = 'published'
),
-- materialised, lest the price be worked out anew for each of its uses
shown AS MATERIALIZED (
  SELECT candidate.*,
    round(price_net, 2) + round(price_net * vat_rate / 100, 2) AS gross,
    CASE WHEN is_upcoming THEN capacity - (
      SELECT count(*) FROM courses_enrolment e
      WHERE e.run_id = candidate.run_id AND e.status IN ('confirmed', 'offered')
    ) END AS seats_left
  FROM (
    SELECT course.id AS course_id, course.institution_id, course.credits, course.rank,
      run.id AS run_id, run.starts_on, run.delivery, nullif(run.language, '') AS language, run.venue_id, run.capacity,
      run.enrolment_closes_at, run.price_net, run.vat_rate, coalesce(run.is_upcoming, false) AS is_upcoming,
      bool_or(run.is_upcoming) OVER own AS has_upcoming,
      max(run.starts_on) OVER own AS latest
    FROM course
    LEFT JOIN run ON run.course_id = course.id
    WINDOW own AS (PARTITION BY course.id)
  ) candidate
  WHERE is_upcoming OR has_upcoming IS NOT TRUE AND starts_on IS NOT DISTINCT FROM latest
),
valued AS (
  SELECT s.*, theme.slugs AS themes, ARRAY[owner.slug::text] || partner.slugs AS institutions,
    lower(btrim(nullif(venue.city, ''))) AS place,
    CASE WHEN s.is_upcoming THEN to_char(s.starts_on, 'YYYY-MM') END AS month,
    CASE
      WHEN s.gross = 0 THEN 'free' WHEN s.gross <= 500 THEN 'up-to-500'
      WHEN s.gross <= 1500 THEN '500-1500' WHEN s.gross > 1500 THEN 'over-1500'
    END AS price,
    CASE
      WHEN coalesce(s.credits, 0) = 0 THEN 'none' WHEN s.credits <= 2 THEN 'up-to-2'
      WHEN s.credits <= 5 THEN '2-5' WHEN s.credits <= 10 THEN '5-10' ELSE 'over-10'
    END AS extent,
    CASE WHEN s.seats_left > 0 AND s.enrolment_closes_at > portal_now() THEN '1' END AS seats
  FROM shown s
  JOIN accounts_institution owner ON owner.id = s.institution_id
  LEFT JOIN (
    SELECT link.course_id, array_agg(institution.slug::text ORDER BY institution.slug) AS slugs
    FROM courses_course_co_institutions link
    JOIN accounts_institution institution ON institution.id = link.institution_id
    GROUP BY link.course_id
  ) partner USING (course_id)
  LEFT JOIN (
    SELECT link.course_id, array_agg(topic.slug::text ORDER BY theme.position) AS slugs
    FROM courses_course_themes link
    JOIN courses_theme theme ON theme.id = link.theme_id
    JOIN consent_topic topic ON topic.id = theme.topic_id
    GROUP BY link.course_id
  ) theme USING (course_id)
  LEFT JOIN courses_venue venue ON venue.id = s.venue_id
),
missed AS (
  SELECT v.*,
    (%(is_asked)s AND rank IS NULL)::int AS no_q,
    (NOT coalesce(themes && %(theme)s::text[], %(theme)s::text[] IS NULL))::int AS no_theme,
    (NOT coalesce(institutions && %(institution)s::text[], %(institution)s::text[] IS NULL))::int AS no_institution,
    (NOT coalesce(delivery = ANY (%(delivery)s::text[]), %(delivery)s::text[] IS NULL))::int AS no_delivery,
    (NOT coalesce(language = ANY (%(language)s::text[]), %(language)s::text[] IS NULL))::int AS no_language,
    (NOT coalesce(place = ANY (%(place)s::text[]), %(place)s::text[] IS NULL))::int AS no_place,
    (NOT coalesce(month = ANY (%(month)s::text[]), %(month)s::text[] IS NULL))::int AS no_month,
    (NOT coalesce(price = ANY (%(price)s::text[]), %(price)s::text[] IS NULL))::int AS no_price,
    (NOT coalesce(extent = ANY (%(credits)s::text[]), %(credits)s::text[] IS NULL))::int AS no_credits,
    (NOT coalesce(seats = ANY (%(seats)s::text[]), %(seats)s::text[] IS NULL))::int AS no_seats
  FROM valued v
),
facts AS MATERIALIZED (
  SELECT m.*,
    no_q + no_theme + no_institution + no_delivery + no_language + no_place + no_month + no_price + no_credits
      + no_seats AS misses
  FROM missed m
),
told (facet, value, course_id, is_hit) AS (
  SELECT 'all', '', course_id, misses = 0 FROM facts
  UNION ALL SELECT 'theme', slug, course_id, misses = no_theme FROM facts, unnest(themes) slug
  UNION ALL SELECT 'institution', slug, course_id, misses = no_institution FROM facts, unnest(institutions) slug
  UNION ALL SELECT 'delivery', delivery, course_id, misses = no_delivery FROM facts
  UNION ALL SELECT 'language', language, course_id, misses = no_language FROM facts
  UNION ALL SELECT 'place', place, course_id, misses = no_place FROM facts
  UNION ALL SELECT 'month', month, course_id, misses = no_month FROM facts
  UNION ALL SELECT 'price', price, course_id, misses = no_price FROM facts
  UNION ALL SELECT 'credits', extent, course_id, misses = no_credits FROM facts
  UNION ALL SELECT 'seats', seats, course_id, misses = no_seats FROM facts
  UNION ALL
  SELECT 'weave', slug || ' ' || month, course_id, misses = no_theme + no_month FROM facts, unnest(themes) slug
  UNION ALL
  SELECT 'without', CASE 1
    WHEN no_q THEN 'q' WHEN no_theme THEN 'theme' WHEN no_institution THEN 'institution'
    WHEN no_delivery THEN 'delivery' WHEN no_language THEN 'language' WHEN no_place THEN 'place'
    WHEN no_month THEN 'month' WHEN no_price THEN 'price' WHEN no_credits THEN 'credits' ELSE 'seats'
  END, course_id, true FROM facts WHERE misses = 1
),
-- a course counts once for each value, however many of its runs have it
counted AS (
  SELECT facet, value, bool_or(is_hit) AS is_hit FROM told WHERE value IS NOT NULL GROUP BY facet, value, course_id
),
-- the run that speaks for the course: the next of those that fit
hit AS (
  SELECT DISTINCT ON (course_id) facts.*
  FROM facts
  WHERE misses = 0
  ORDER BY course_id, is_upcoming DESC, starts_on, run_id
),
page AS (
  SELECT hit.*, row_number() OVER (
    ORDER BY
      CASE WHEN %(order)s = 'relevance' THEN hit.rank END DESC,
      CASE WHEN %(order)s = 'title' THEN sorting.title END COLLATE "C",
      NOT hit.is_upcoming,
      CASE WHEN %(order)s = 'price' THEN hit.gross END,
      CASE WHEN hit.is_upcoming THEN hit.starts_on END,
      hit.starts_on DESC,
      sorting.title COLLATE "C",
      hit.course_id
  ) AS position
  FROM hit
  JOIN courses_course c ON c.id = hit.course_id
  CROSS JOIN LATERAL (
    SELECT translate(lower(coalesce(
      nullif(CASE %(reader)s WHEN 'sv' THEN c.title_sv WHEN 'en' THEN c.title_en END, ''),
      nullif(c.title_fi, ''), nullif(c.title_en, ''), c.title_sv
    )), 'åäöæøüéw', '{|}|}yev') AS title
  ) sorting
  ORDER BY position
  LIMIT %(size)s OFFSET %(offset)s
)
SELECT facet, value, count(*) FILTER (WHERE is_hit), NULL::json FROM counted GROUP BY facet, value
UNION ALL
SELECT 'theme', topic.slug, theme.position, json_build_object(
  'fi', topic.name_fi, 'sv', topic.name_sv, 'en', topic.name_en, 'thread', theme.thread)
FROM courses_theme theme JOIN consent_topic topic ON topic.id = theme.topic_id
UNION ALL
SELECT 'institution', i.slug, 0, json_build_object(
  'name', i.short_name, 'full_fi', i.name_fi, 'full_sv', i.name_sv, 'full_en', i.name_en,
  'email', i.email, 'phone', i.phone, 'person', u.name, 'person_email', u.email, 'person_phone', u.phone,
  'title_fi', u.title_fi, 'title_sv', u.title_sv, 'title_en', u.title_en,
  'hours_fi', u.hours_fi, 'hours_sv', u.hours_sv, 'hours_en', u.hours_en, 'picture', u.picture,
  'instead_of', CASE WHEN u.id <> i.contact_id THEN (SELECT name FROM accounts_user WHERE id = i.contact_id) END)
FROM accounts_institution i LEFT JOIN accounts_user u ON u.id = crm_answering(i.contact_id, %(today)s)
UNION ALL
SELECT 'place', lower(btrim(city)), 0, json_build_object('name', min(btrim(city)))
FROM courses_venue WHERE city <> '' GROUP BY lower(btrim(city))
UNION ALL
SELECT 'row', c.slug, page.position, json_build_object(
  'title_fi', c.title_fi, 'title_sv', c.title_sv, 'title_en', c.title_en,
  'summary_fi', c.summary_fi, 'summary_sv', c.summary_sv, 'summary_en', c.summary_en,
  'credits', c.credits::text, 'format', c.format, 'owner', owner.slug,
  'themes', page.themes, 'institutions', page.institutions,
  'run', page.run_id, 'is_upcoming', page.is_upcoming, 'starts_on', page.starts_on,
  'starts_at', (SELECT min(s.starts_at) FROM courses_session s WHERE s.run_id = page.run_id),
  'sessions', (SELECT count(*) FROM courses_session s WHERE s.run_id = page.run_id),
  'delivery', page.delivery, 'language', page.language, 'city', btrim(venue.city),
  'price_net', run.price_net::text, 'vat_rate', run.vat_rate::text, 'notes', run.notes,
  'seats_left', page.seats_left,
  'is_closed', page.seats_left IS NOT NULL AND page.enrolment_closes_at <= portal_now())
FROM page
JOIN courses_course c ON c.id = page.course_id
JOIN accounts_institution owner ON owner.id = c.institution_id
LEFT JOIN courses_run run ON run.id = page.run_id
LEFT JOIN courses_venue venue ON venue.id = run.venue_id
ORDER BY 3, 2
