-- parameters: the departures of one carrier from one airport that left later than a number of minutes.
--@ param carrier   STRING  DEFAULT 'UA'
--@ param origin    STRING  DEFAULT 'EWR'
--@ param min_delay INT     DEFAULT 180
--@ param data      STRING  DEFAULT 'samples/quickstart/data'
SET 'execution.runtime-mode' = 'batch';

CREATE TABLE departures (
  flight STRING, carrier STRING, origin STRING, dest STRING, departed TIMESTAMP(3), dep_delay INT
) WITH ('connector' = 'filesystem', 'path' = '${data}/departures.jsonl', 'format' = 'json');

SELECT flight, dest, departed, dep_delay
FROM departures
WHERE carrier = ${carrier} AND origin = ${origin} AND dep_delay >= ${min_delay}
ORDER BY dep_delay DESC, flight;
