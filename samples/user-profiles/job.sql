-- user-profiles: the page events of a shop, enriched with the profiles of their users.
--
-- Profiles live in an HBase table with two column families. Every event looks its user up by row key; looked up
-- profiles are kept for ten minutes, so that a user who clicks often costs one read. Users without a profile stay in
-- the result. Events, users and checkouts per half an hour, country and tier go into a second HBase table.
SET 'table.local-time-zone' = 'UTC';
SET 'table.dml-sync' = 'true';

-- 1. The profiles. A birth year that nobody knows becomes no cell at all.
CREATE TABLE profiles_csv (
  user_id STRING, name STRING, country STRING, born INT, tier STRING, since DATE
) WITH (
  'connector' = 'filesystem', 'path' = 'samples/user-profiles/data/profiles.csv', 'format' = 'csv',
  'csv.null-literal' = ''
);

CREATE TABLE profiles (
  user_id STRING,
  info    ROW<name STRING, country STRING, born INT>,
  account ROW<tier STRING, since DATE>,
  PRIMARY KEY (user_id) NOT ENFORCED
) WITH (
  'connector' = 'hbase-2.6', 'table-name' = 'sample_profiles', 'sink.ignore-null-value' = 'true',
  'lookup.cache' = 'PARTIAL', 'lookup.partial-cache.max-rows' = '10000',
  'lookup.partial-cache.expire-after-write' = '10 min'
);

INSERT INTO profiles SELECT user_id, ROW(name, country, born), ROW(tier, since) FROM profiles_csv;

-- 2. The events, up to four seconds late.
CREATE TABLE events (
  event  BIGINT,
  `user` STRING,
  page   STRING,
  `at`   TIMESTAMP(3),
  millis INT,
  proc AS PROCTIME(),
  WATERMARK FOR `at` AS `at` - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'samples/user-profiles/data/events.jsonl', 'format' = 'json');

-- 3. Enrich: the families come as rows, and only the columns that are used are read.
CREATE TEMPORARY VIEW enriched AS
SELECT e.`user`, e.page, e.`at`, e.millis,
       COALESCE(p.info.country, 'unknown') AS country, COALESCE(p.account.tier, 'guest') AS tier
FROM events AS e
LEFT JOIN profiles FOR SYSTEM_TIME AS OF e.proc AS p ON e.`user` = p.user_id;

CREATE TABLE activity (
  id    STRING,
  grp   ROW<country STRING, tier STRING, half_hour TIMESTAMP(3)>,
  stats ROW<events BIGINT, users BIGINT, checkouts BIGINT, mean_millis DOUBLE>,
  PRIMARY KEY (id) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'sample_activity');

-- The key begins with the country: keys that began with the time would all go to one region.
INSERT INTO activity
SELECT country || '/' || tier || '/' || DATE_FORMAT(window_start, 'yyyy-MM-dd HH:mm'),
       ROW(country, tier, window_start), ROW(events, users, checkouts, mean_millis)
FROM (
  SELECT window_start, country, tier, COUNT(*) AS events, COUNT(DISTINCT `user`) AS users,
         COUNT(*) FILTER (WHERE page = '/checkout') AS checkouts, AVG(CAST(millis AS DOUBLE)) AS mean_millis
  FROM TABLE(TUMBLE(TABLE enriched, DESCRIPTOR(`at`), INTERVAL '30' MINUTE))
  GROUP BY window_start, window_end, country, tier
);

-- 4. Read back: what each tier did, and how many users stand behind it at most in half an hour.
SET 'execution.runtime-mode' = 'batch';

SELECT a.grp.tier AS tier, a.grp.country AS country, SUM(a.stats.events) AS events,
       SUM(a.stats.checkouts) AS checkouts, MAX(a.stats.users) AS most_users,
       ROUND(SUM(a.stats.mean_millis * a.stats.events) / SUM(a.stats.events), 1) AS mean_millis
FROM activity AS a
GROUP BY a.grp.tier, a.grp.country
ORDER BY events DESC, tier, country
LIMIT 12;
