DROP FUNCTION crm_answering(bigint, date);
DROP FUNCTION crm_is_reachable(bigint);
