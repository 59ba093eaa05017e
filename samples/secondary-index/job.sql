-- secondary-index: vehicles on roads, judged by the limits of their roads, and found again by what was found.
--
-- Each vehicle is a row of an HBase table; a new reading replaces the one before it. What happens to the table is read
-- as a stream of changes: one job writes a score into another column family of the same row, a second one keeps an index
-- whose keys begin with the score, so that "who is too fast on the A7" is a scan of a few rows.
SET 'table.local-time-zone' = 'UTC';
SET 'table.dml-sync' = 'true';

-- 1. The vehicles. The family `seen` has what was measured, `score` what is made of it.
CREATE TABLE readings (vehicle STRING, road STRING, speed INT, low INT, high INT)
WITH ('connector' = 'filesystem', 'path' = 'samples/secondary-index/data/readings.jsonl', 'format' = 'json');

CREATE TABLE traffic (
  vehicle STRING,
  seen    ROW<road STRING, speed INT, low INT, high INT>,
  PRIMARY KEY (vehicle) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'sample_traffic');

INSERT INTO traffic SELECT vehicle, ROW(road, speed, low, high) FROM readings;

-- 2. Its changes. 'scan.bounded.mode' ends the job with what is there; without it the job goes on for ever.
CREATE TABLE seen_changes (
  vehicle STRING,
  seen    ROW<road STRING, speed INT, low INT, high INT>,
  PRIMARY KEY (vehicle) NOT ENFORCED
) WITH (
  'connector' = 'hbase-cdc', 'table-name' = 'sample_traffic', 'peer-id' = 'scores',
  'scan.startup.mode' = 'earliest', 'scan.bounded.mode' = 'latest'
);

-- 3. The score goes into another family of the same rows, which this job does not capture. Into `seen` it would come
-- back as a change, for ever: such a job is refused.
CREATE TABLE scores (
  vehicle STRING,
  score   ROW<level STRING, excess INT>,
  PRIMARY KEY (vehicle) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'sample_traffic');

INSERT INTO scores
SELECT vehicle,
       ROW(CASE WHEN c.seen.speed > c.seen.high THEN 'fast' WHEN c.seen.speed < c.seen.low THEN 'slow' ELSE 'ok' END,
           GREATEST(c.seen.speed - c.seen.high, c.seen.low - c.seen.speed, 0))
FROM seen_changes AS c;

-- 4. The index. Its key is made of columns that change: the entry of a vehicle goes when it gets another score, and a
-- new one comes.
CREATE TABLE changes (
  vehicle STRING,
  seen    ROW<road STRING, speed INT>,
  score   ROW<level STRING, excess INT>,
  PRIMARY KEY (vehicle) NOT ENFORCED
) WITH (
  'connector' = 'hbase-cdc', 'table-name' = 'sample_traffic', 'peer-id' = 'levels',
  'scan.startup.mode' = 'earliest', 'scan.bounded.mode' = 'latest'
);

CREATE TABLE by_level (
  entry STRING,
  car   ROW<vehicle STRING, speed INT, excess INT>,
  PRIMARY KEY (entry) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'sample_traffic_by_level');

INSERT INTO by_level
SELECT CONCAT(c.score.level, '/', c.seen.road, '/', vehicle), ROW(vehicle, c.seen.speed, c.score.excess)
FROM changes AS c
WHERE c.score.level IS NOT NULL;

-- 5. Who is too fast on the A7? A range of the index's keys.
SELECT i.car.vehicle, i.car.speed, i.car.excess
FROM by_level AS i
WHERE entry >= 'fast/A7/' AND entry < 'fast/A70';

-- 6. The same changes one by one: how often each vehicle was measured.
CREATE TABLE edits (
  vehicle STRING,
  seen    ROW<speed INT>,
  op      STRING METADATA FROM 'op_type' VIRTUAL,
  seq     BIGINT METADATA FROM 'wal_seq' VIRTUAL,
  PRIMARY KEY (vehicle) NOT ENFORCED
) WITH (
  'connector' = 'hbase-cdc', 'table-name' = 'sample_traffic', 'changelog.mode' = 'edits',
  'scan.startup.mode' = 'earliest', 'scan.bounded.mode' = 'latest'
);

SET 'execution.runtime-mode' = 'batch';

SELECT op, n AS readings, COUNT(*) AS vehicles
FROM (SELECT vehicle, op, COUNT(*) AS n FROM edits GROUP BY vehicle, op)
GROUP BY op, n
ORDER BY n;
