-- Statements carry a checksum of their text and their parameters, which is compared before anything of them is executed: what
-- was damaged between the Worker and here is an error, never a row.

-- Answers with 0, as the OFFSET of the statement that calls it; else raises ADS01.
CREATE OR REPLACE FUNCTION ads_intact(p_checksum TEXT, p_values TEXT[]) RETURNS BIGINT
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  IF p_checksum IS DISTINCT FROM encode(sha256(convert_to(
      current_query() || E'\x1f' || array_to_string(p_values, E'\x1f', E'\x1e'), 'UTF8')), 'hex') THEN
    RAISE EXCEPTION 'the statement was damaged on its way: its checksum does not fit' USING ERRCODE = 'ADS01';
  END IF;
  RETURN 0;
END
$$;
