-- quickstart: departures per hour with carrier and manufacturer from HBase tables.
--
-- The first week of 2013 at the airports of New York arrives as a stream, mildly out of order. Two HBase tables,
-- kept in the embedded store because no quorum is named, give each departure its carrier's name and its plane's
-- manufacturer. Departures, mean and worst delay per hour go into a third HBase table and are read back.
SET 'table.local-time-zone' = 'UTC';
SET 'table.dml-sync' = 'true';

-- 1. Load the two tables that are looked up later.
CREATE TABLE airlines_csv (
  carrier STRING,
  name    STRING
) WITH ('connector' = 'filesystem', 'path' = 'samples/quickstart/data/airlines.csv', 'format' = 'csv');

CREATE TABLE planes_csv (
  tailnum STRING, built STRING, type STRING, manufacturer STRING, model STRING,
  engines STRING, seats STRING, speed STRING, engine STRING
) WITH (
  'connector' = 'filesystem', 'path' = 'samples/quickstart/data/planes.csv', 'format' = 'csv',
  'csv.null-literal' = 'NA'
);

CREATE TABLE airlines (
  carrier STRING,
  info    ROW<name STRING>,
  PRIMARY KEY (carrier) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'airlines');

CREATE TABLE planes (
  tailnum STRING,
  info    ROW<manufacturer STRING, model STRING, seats INT>,
  PRIMARY KEY (tailnum) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'planes');

INSERT INTO airlines SELECT carrier, ROW(name) FROM airlines_csv;
INSERT INTO planes SELECT tailnum, ROW(manufacturer, model, TRY_CAST(seats AS INT)) FROM planes_csv;

-- 2. The stream. A row may be a day behind the newest one: some early departures carry the next day's date.
CREATE TABLE departures (
  flight    STRING,
  carrier   STRING,
  tailnum   STRING,
  origin    STRING,
  departed  TIMESTAMP(3),
  dep_delay INT,
  proc AS PROCTIME(),
  WATERMARK FOR departed AS departed - INTERVAL '24' HOUR
) WITH ('connector' = 'filesystem', 'path' = 'samples/quickstart/data/departures.jsonl', 'format' = 'json');

-- 3. Enrich first, then window.
CREATE TEMPORARY VIEW enriched AS
SELECT d.departed, d.dep_delay, a.info.name AS airline, p.info.manufacturer AS manufacturer
FROM departures AS d
JOIN airlines FOR SYSTEM_TIME AS OF d.proc AS a ON d.carrier = a.carrier
LEFT JOIN planes FOR SYSTEM_TIME AS OF d.proc AS p ON d.tailnum = p.tailnum;

CREATE TABLE hourly (
  id    STRING,
  stats ROW<window_start TIMESTAMP(3), airline STRING, manufacturer STRING, departures BIGINT, mean_delay DOUBLE, worst_delay INT>,
  PRIMARY KEY (id) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'hourly_departures');

INSERT INTO hourly
SELECT
  DATE_FORMAT(window_start, 'yyyy-MM-dd HH') || '/' || airline || '/' || COALESCE(manufacturer, 'unknown'),
  ROW(window_start, airline, manufacturer, departures, mean_delay, worst_delay)
FROM (
  SELECT
    window_start, airline, manufacturer,
    COUNT(*) AS departures,
    AVG(CAST(dep_delay AS DOUBLE)) AS mean_delay,
    MAX(dep_delay) AS worst_delay
  FROM TABLE(TUMBLE(TABLE enriched, DESCRIPTOR(departed), INTERVAL '1' HOUR))
  GROUP BY window_start, window_end, airline, manufacturer
);

-- 4. Read back: the busiest hours.
SET 'execution.runtime-mode' = 'batch';

SELECT
  h.stats.window_start AS window_start, h.stats.airline AS airline,
  COALESCE(h.stats.manufacturer, 'unknown') AS manufacturer, h.stats.departures AS departures,
  ROUND(h.stats.mean_delay, 1) AS mean_delay, h.stats.worst_delay AS worst_delay
FROM hourly AS h
ORDER BY departures DESC, window_start, airline, manufacturer
LIMIT 15;
