-- flume-migration: what Flume's HBase sinks and their serializers do, as one statement set.
--
-- Flume events (headers and a body) are read once and written four ways: as SimpleHbaseEventSerializer does, as
-- RegexHbaseEventSerializer does, as a serializer that splits the body into columns does, and counted as incrementColumn does.
SET 'table.local-time-zone' = 'UTC';
SET 'table.dml-sync' = 'true';

-- 1. The channel: one event a line.
CREATE TABLE flume_events (
  headers ROW<id STRING, `timestamp` STRING, host STRING, type STRING, rowKey STRING>,
  body    STRING
) WITH ('connector' = 'filesystem', 'path' = 'samples/flume-migration/data/events.jsonl', 'format' = 'json');

-- 2. SimpleHbaseEventSerializer: rowPrefix = default, payloadColumn = pCol.
--    Its suffix would be a UUID, the time or a random number; the event's own id stays the same when it is sent again.
CREATE TABLE raw_events (
  id     STRING,
  cf     ROW<pCol STRING>,
  ts     TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',
  PRIMARY KEY (id) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'sample_raw_events', 'sink.batch.max-size' = '100');

-- 3. RegexHbaseEventSerializer: colNames = client,verb,path,status,size, depositHeaders = true for the host.
CREATE TABLE access_log (
  id      STRING,
  cf      ROW<client STRING, verb STRING, path STRING, status INT, size BIGINT>,
  headers ROW<host STRING>,
  PRIMARY KEY (id) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'sample_access_log', 'sink.batch.max-size' = '100');

-- 4. A splitting serializer: the row key is the header rowKey, columns = charges,date,priority.
CREATE TABLE charges (
  rowKey STRING,
  cf     ROW<charges DECIMAL(10, 2), `date` DATE, priority STRING>,
  PRIMARY KEY (rowKey) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'sample_charges', 'sink.batch.max-size' = '100');

-- 5. incrementRow = totalEvents, incrementColumn = eventCount; and a counter per type besides.
CREATE TABLE counters (
  id STRING,
  cf ROW<eventCount BIGINT>,
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  'connector' = 'hbase-2.6', 'table-name' = 'sample_counters', 'sink.batch.max-size' = '100',
  'sink.mutation.cf.eventCount' = 'increment'
);

CREATE TEMPORARY VIEW lines AS
SELECT headers.id AS id, headers.host AS host, body,
       '^(\S+) ([A-Z]+) (\S+) (\d{3}) (\d+)$' AS regex
FROM flume_events
WHERE headers.type = 'access';

EXECUTE STATEMENT SET
BEGIN
  INSERT INTO raw_events
  SELECT 'default' || headers.id, ROW(body), TO_TIMESTAMP_LTZ(CAST(headers.`timestamp` AS BIGINT), 3)
  FROM flume_events;

  -- A line that the pattern does not match is left out, as Flume does.
  INSERT INTO access_log
  SELECT id,
         ROW(REGEXP_EXTRACT(body, regex, 1), REGEXP_EXTRACT(body, regex, 2), REGEXP_EXTRACT(body, regex, 3),
             CAST(REGEXP_EXTRACT(body, regex, 4) AS INT), CAST(REGEXP_EXTRACT(body, regex, 5) AS BIGINT)),
         ROW(host)
  FROM lines
  WHERE REGEXP(body, regex);

  INSERT INTO charges
  SELECT headers.rowKey,
         ROW(CAST(SPLIT_INDEX(body, ',', 0) AS DECIMAL(10, 2)), CAST(SPLIT_INDEX(body, ',', 1) AS DATE),
             SPLIT_INDEX(body, ',', 2))
  FROM flume_events
  WHERE headers.type = 'charge';

  INSERT INTO counters SELECT 'totalEvents', ROW(CAST(1 AS BIGINT)) FROM flume_events;

  INSERT INTO counters SELECT 'type/' || headers.type, ROW(CAST(1 AS BIGINT)) FROM flume_events;
END;

-- 6. Read back.
SET 'execution.runtime-mode' = 'batch';

SELECT c.id, c.cf.eventCount AS events FROM counters AS c ORDER BY id;

SELECT a.headers.host AS host, COUNT(*) AS requests, COUNT(*) FILTER (WHERE a.cf.status >= 400) AS errors,
       SUM(a.cf.size) AS total_size
FROM access_log AS a
GROUP BY a.headers.host
ORDER BY host;

SELECT c.cf.priority AS priority, COUNT(*) AS charges, SUM(c.cf.charges) AS total
FROM charges AS c
GROUP BY c.cf.priority
ORDER BY priority;
