-- Whether a member of staff can answer customers: they sign in, and have a role that does more than read.
CREATE FUNCTION crm_is_reachable(asked bigint) RETURNS boolean STABLE LANGUAGE sql AS $$
  SELECT EXISTS (
    SELECT FROM accounts_user u JOIN accounts_staffrole r ON r.user_id = u.id
    WHERE u.id = asked AND u.is_active AND r.role <> 'auditor')
$$;

-- Who answers for a member of staff on a day: themselves, or the deputy while they are away, the deputy's deputy while
-- that one is away too, and so on; null when nobody does (the chain is a circle, or ends with somebody who has left).
CREATE FUNCTION crm_answering(asked bigint, on_day date) RETURNS bigint STABLE LANGUAGE sql AS $$
  WITH RECURSIVE chain (who, seen) AS (
    SELECT asked, ARRAY[asked]
    UNION ALL
    SELECT a.deputy_id, seen || a.deputy_id
    FROM chain JOIN crm_absence a ON a.user_id = chain.who AND on_day BETWEEN a.since AND a.until
    WHERE a.deputy_id <> ALL (seen)
  )
  SELECT who FROM chain
  WHERE crm_is_reachable(who)
    AND NOT EXISTS (SELECT FROM crm_absence a WHERE a.user_id = who AND on_day BETWEEN a.since AND a.until)
$$;
