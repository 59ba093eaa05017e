-- iot-sensors: readings of twenty sensors, aggregated per five minutes into the families of an HBase table.
--
-- Readings come out of order and some lack the humidity. Where a sensor stands and from which temperature it counts as
-- hot is looked up in HBase. Per window a row gets three families, and two counters per place are added up by HBase itself.
SET 'table.local-time-zone' = 'UTC';
SET 'table.dml-sync' = 'true';

-- 1. The devices.
CREATE TABLE devices_csv (sensor STRING, place STRING, limit_hundredths INT)
WITH ('connector' = 'filesystem', 'path' = 'samples/iot-sensors/data/devices.csv', 'format' = 'csv');

CREATE TABLE devices (
  sensor STRING,
  info   ROW<place STRING, hot_above DOUBLE>,
  PRIMARY KEY (sensor) NOT ENFORCED
) WITH (
  'connector' = 'hbase-2.6', 'table-name' = 'sample_devices',
  'lookup.cache' = 'PARTIAL', 'lookup.partial-cache.expire-after-write' = '1 h'
);

INSERT INTO devices SELECT sensor, ROW(place, limit_hundredths / 100.0) FROM devices_csv;

-- 2. The readings, up to fifteen seconds late.
CREATE TABLE readings (
  sensor   STRING,
  celsius  DOUBLE,
  humidity DOUBLE,
  `at`     TIMESTAMP(3),
  proc AS PROCTIME(),
  WATERMARK FOR `at` AS `at` - INTERVAL '20' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'samples/iot-sensors/data/readings.jsonl', 'format' = 'json');

CREATE TEMPORARY VIEW located AS
SELECT r.sensor, r.celsius, r.humidity, r.`at`, d.info.place AS place, d.info.hot_above AS hot_above
FROM readings AS r
JOIN devices FOR SYSTEM_TIME AS OF r.proc AS d ON r.sensor = d.sensor;

CREATE TEMPORARY VIEW windows AS
SELECT window_start, sensor, place, COUNT(*) AS readings, COUNT(*) FILTER (WHERE celsius > hot_above) AS hot,
       MIN(celsius) AS low, MAX(celsius) AS high, AVG(celsius) AS mean,
       AVG(humidity) AS mean_humidity, COUNT(*) - COUNT(humidity) AS without_humidity
FROM TABLE(TUMBLE(TABLE located, DESCRIPTOR(`at`), INTERVAL '5' MINUTE))
GROUP BY window_start, window_end, sensor, place;

-- 3. A row for every sensor and window; the sensor stands first in the key, so that writes spread over the regions.
CREATE TABLE climate (
  id       STRING,
  celsius  ROW<low DOUBLE, high DOUBLE, mean DOUBLE>,
  humidity ROW<mean DOUBLE>,
  quality  ROW<readings BIGINT, hot BIGINT, without_humidity BIGINT>,
  PRIMARY KEY (id) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'sample_climate', 'sink.ignore-null-value' = 'true');

-- Two counters per place. HBase adds what a row brings to what is there.
CREATE TABLE places (
  place STRING,
  total ROW<readings BIGINT, hot BIGINT>,
  PRIMARY KEY (place) NOT ENFORCED
) WITH (
  'connector' = 'hbase-2.6', 'table-name' = 'sample_places',
  'sink.mutation.total.readings' = 'increment', 'sink.mutation.total.hot' = 'increment'
);

EXECUTE STATEMENT SET
BEGIN
  INSERT INTO climate
  SELECT sensor || '/' || DATE_FORMAT(window_start, 'yyyy-MM-dd HH:mm'),
         ROW(low, high, mean), ROW(mean_humidity), ROW(readings, hot, without_humidity)
  FROM windows;

  INSERT INTO places SELECT place, ROW(readings, hot) FROM windows;
END;

-- 4. Read back: one sensor that gets hotter, and the counters.
SET 'execution.runtime-mode' = 'batch';

SELECT m.id, m.celsius.low AS low, m.celsius.high AS high, ROUND(m.celsius.mean, 2) AS mean,
       ROUND(m.humidity.mean, 1) AS humidity, m.quality.readings AS readings, m.quality.hot AS hot
FROM climate AS m
WHERE m.id >= 's07/' AND m.id < 's08'
ORDER BY m.id;

SELECT p.place, p.total.readings AS readings, p.total.hot AS hot FROM places AS p ORDER BY place;
