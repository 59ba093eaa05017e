-- endless: orders out of nowhere, counted and summed per region every five seconds, until Ctrl-C.
CREATE TABLE orders (
  order_id BIGINT,
  region   INT,
  amount   DECIMAL(10, 2),
  ts AS LOCALTIMESTAMP,
  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
) WITH (
  'connector' = 'datagen', 'rows-per-second' = '1000',
  'fields.order_id.kind' = 'sequence', 'fields.order_id.start' = '1', 'fields.order_id.end' = '9000000000',
  'fields.region.min' = '1', 'fields.region.max' = '4',
  'fields.amount.min' = '1', 'fields.amount.max' = '500'
);

SELECT window_start, region, COUNT(*) AS orders, SUM(amount) AS revenue
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' SECOND))
GROUP BY window_start, window_end, region;
