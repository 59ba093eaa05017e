-- fraud-detection: card payments, judged with what HBase knows about card and customer.
--
-- Each payment looks up its card, and with the card's customer a second table. Four rules flag payments: a card that is
-- blocked or unknown, a larger payment abroad of a customer of high risk, many payments of a card within five minutes,
-- and more within an hour than the card's limit. All rules read the stream once; alerts go into an HBase table.
SET 'table.local-time-zone' = 'UTC';
SET 'table.dml-sync' = 'true';

-- 1. What is known: cards and customers.
CREATE TABLE customers_csv (customer STRING, home STRING, risk INT)
WITH ('connector' = 'filesystem', 'path' = 'samples/fraud-detection/data/customers.csv', 'format' = 'csv');

CREATE TABLE cards_csv (card STRING, customer STRING, hourly_limit DECIMAL(10, 2), status STRING)
WITH ('connector' = 'filesystem', 'path' = 'samples/fraud-detection/data/cards.csv', 'format' = 'csv');

CREATE TABLE customers (
  customer STRING,
  profile  ROW<home STRING, risk INT>,
  PRIMARY KEY (customer) NOT ENFORCED
) WITH (
  'connector' = 'hbase-2.6', 'table-name' = 'sample_customers',
  'lookup.cache' = 'PARTIAL', 'lookup.partial-cache.expire-after-write' = '1 h'
);

-- A card may be blocked at any time: it is never taken from a cache.
CREATE TABLE cards (
  card   STRING,
  holder ROW<customer STRING>,
  rules  ROW<hourly_limit DECIMAL(10, 2), status STRING>,
  PRIMARY KEY (card) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'sample_cards');

EXECUTE STATEMENT SET
BEGIN
  INSERT INTO customers SELECT customer, ROW(home, risk) FROM customers_csv;
  INSERT INTO cards SELECT card, ROW(customer), ROW(hourly_limit, status) FROM cards_csv;
END;

-- 2. The payments, a few seconds out of order.
CREATE TABLE payments (
  tx      BIGINT,
  card    STRING,
  amount  DECIMAL(10, 2),
  country STRING,
  `at`    TIMESTAMP(3),
  proc AS PROCTIME(),
  WATERMARK FOR `at` AS `at` - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'samples/fraud-detection/data/transactions.jsonl', 'format' = 'json');

CREATE TEMPORARY VIEW judged AS
SELECT p.tx, p.card, p.amount, p.country, p.`at`, c.holder.customer AS customer, c.rules.status AS status,
       c.rules.hourly_limit AS hourly_limit, u.profile.home AS home, u.profile.risk AS risk
FROM payments AS p
LEFT JOIN cards FOR SYSTEM_TIME AS OF p.proc AS c ON p.card = c.card
LEFT JOIN customers FOR SYSTEM_TIME AS OF p.proc AS u ON c.holder.customer = u.customer;

-- 3. The alerts. A key is made of card, rule and time of the event, so a job that is run again writes the same rows.
CREATE TABLE alerts (
  id    STRING,
  alert ROW<rule STRING, card STRING, customer STRING, `at` TIMESTAMP(3)>,
  facts ROW<payments BIGINT, amount DECIMAL(10, 2)>,
  PRIMARY KEY (id) NOT ENFORCED
) WITH ('connector' = 'hbase-2.6', 'table-name' = 'sample_alerts', 'sink.ignore-null-value' = 'true');

EXECUTE STATEMENT SET
BEGIN
  INSERT INTO alerts
  SELECT card || '/' || 'refused' || '/' || CAST(tx AS STRING),
         ROW('refused', card, customer, `at`), ROW(CAST(1 AS BIGINT), amount)
  FROM judged
  WHERE status IS NULL OR status = 'blocked';

  INSERT INTO alerts
  SELECT card || '/' || 'abroad' || '/' || CAST(tx AS STRING),
         ROW('abroad', card, customer, `at`), ROW(CAST(1 AS BIGINT), amount)
  FROM judged
  WHERE country <> home AND risk >= 60 AND amount >= 50;

  INSERT INTO alerts
  SELECT card || '/' || 'often' || '/' || DATE_FORMAT(window_start, 'HH:mm'),
         ROW('often', card, customer, window_start), ROW(payments, CAST(amount AS DECIMAL(10, 2)))
  FROM (
    SELECT window_start, card, customer, COUNT(*) AS payments, SUM(amount) AS amount
    FROM TABLE(TUMBLE(TABLE judged, DESCRIPTOR(`at`), INTERVAL '5' MINUTE))
    GROUP BY window_start, window_end, card, customer
    HAVING COUNT(*) >= 5
  );

  INSERT INTO alerts
  SELECT card || '/' || 'limit' || '/' || DATE_FORMAT(window_start, 'HH:mm'),
         ROW('limit', card, customer, window_start), ROW(payments, CAST(amount AS DECIMAL(10, 2)))
  FROM (
    SELECT window_start, card, customer, hourly_limit, COUNT(*) AS payments, SUM(amount) AS amount
    FROM TABLE(TUMBLE(TABLE judged, DESCRIPTOR(`at`), INTERVAL '1' HOUR))
    GROUP BY window_start, window_end, card, customer, hourly_limit
    HAVING SUM(amount) > hourly_limit
  );
END;

-- 4. Read back: the cards that broke most rules.
SET 'execution.runtime-mode' = 'batch';

SELECT a.alert.card AS card, a.alert.customer AS customer,
       COUNT(DISTINCT a.alert.rule) AS rules, COUNT(*) AS alerts,
       MAX(a.facts.payments) AS most_payments, MAX(a.facts.amount) AS largest_amount
FROM alerts AS a
GROUP BY a.alert.card, a.alert.customer
ORDER BY rules DESC, alerts DESC, card
LIMIT 12;
