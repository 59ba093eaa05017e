#!/usr/bin/env bash
# Does the work of Flume's HBase sinks with one statement set on a real HBase: of each event a row, and one more on a
# total counter. Prints events a second, and checks rows and counter with HBase's own client.
#
#   Benchmarks/flume.sh [EVENTS]
#
# The server comes from the folder of server scripts beside the checkout (or the one that SERVERS names). A Flume agent
# with the same sink does 7,500 events a second on such a machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

servers=${SERVERS:-../shared/servers}
events=${1:-1000000}
sluice=${BUILD:-.build}/release/sluice
[ -x "$servers/hbase.sh" ] || { echo "no server scripts in $servers" >&2; exit 1; }
[ -x "$sluice" ] || { echo "$sluice is missing: make bench-flume builds it" >&2; exit 1; }

folder=$(mktemp -d)
finish() {
    "$servers/hbase.sh" stop "$folder/hbase" >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM
export SLUICE_HOME=$folder/home

# Events as Flume's JSON handler takes them: headers and a body.
LC_ALL=C awk -v n="$events" 'BEGIN {
  for (e = 0; e < n; e++)
    printf "{\"headers\":{\"id\":\"%08x\",\"host\":\"web%d\"},\"body\":\"10.0.%d.%d GET /api/orders 200 %d\"}\n",
      (e * 2654435761) % 4294967296, e % 3, e % 4, e % 200, e % 50000
}' >"$folder/events.jsonl"

quorum=$("$servers/hbase.sh" start "$folder/hbase" | sed -n 's/^zookeeper.quorum=//p')
tool() { "$servers/hbase.sh" tool "$folder/hbase" "$@"; }

run() { # ROWS A BATCH, suffix of the tables
    local rows=events_$2 counters=counters_$2
    tool create "$rows" cf SPLITS=default4,default8,defaultc >/dev/null
    tool create "$counters" cf led >/dev/null
    cat >"$folder/job.sql" <<SQL
CREATE TABLE flume_events (headers ROW<id STRING, host STRING>, body STRING)
  WITH ('connector' = 'filesystem', 'path' = '$folder/events.jsonl', 'format' = 'json');
-- SimpleHbaseEventSerializer: rowPrefix = default, payloadColumn = pCol.
CREATE TABLE raw_events (id STRING, cf ROW<pCol STRING>, PRIMARY KEY (id) NOT ENFORCED)
  WITH ('connector' = 'hbase', 'table-name' = '$rows', 'zookeeper.quorum' = '$quorum',
        'sink.batch.max-size' = '$1');
-- incrementRow = totalEvents, incrementColumn = eventCount.
CREATE TABLE counters (id STRING, cf ROW<eventCount BIGINT>, PRIMARY KEY (id) NOT ENFORCED)
  WITH ('connector' = 'hbase', 'table-name' = '$counters', 'zookeeper.quorum' = '$quorum',
        'sink.batch.max-size' = '$1', 'sink.mutation.cf.eventCount' = 'increment',
        'sink.increment.ledger-family' = 'led');
EXECUTE STATEMENT SET BEGIN
  INSERT INTO raw_events SELECT 'default' || headers.id, ROW(body) FROM flume_events;
  INSERT INTO counters SELECT 'totalEvents', ROW(CAST(1 AS BIGINT)) FROM flume_events;
END;
SQL
    local TIMEFORMAT='%R %U %S' took counted stored left
    took=$({ time "$sluice" run "$folder/job.sql" >/dev/null 2>"$folder/errors"; } 2>&1) ||
        { cat "$folder/errors" >&2; exit 1; }
    counted=$(tool counters "$counters" cf:eventCount | awk -F'\t' '$1 == "sum" { print $2 }')
    stored=$(tool count "$rows" | tr -dc '0-9\n' | tail -n 1)
    left=$(tool counters "$counters" led | grep -vc '^sum' || true)
    echo "$took" | awk -v n="$events" -v b="$1" '{
        printf "batches of %d: %d events a second, %d a CPU second\n", b, n / $1, n / ($2 + $3) }'
    echo "   rows $stored, counter $counted, ledger cells left $left"
    if [ "$counted" != "$events" ] || [ "$stored" != "$events" ]; then
        echo "expected $events rows and a counter of $events" >&2
        exit 1
    fi
}
echo "== $events events, a row and an increment each"
run 100 warm >/dev/null
run 100 a
run 1000 b
