#!/usr/bin/env bash
# Measures sluice and HBase's own Java client against one HBase on this machine, in one run.
#
#   Benchmarks/hbase.sh [ROWS]
#
# The server comes from the folder of server scripts beside the checkout (or the one that SERVERS names), which also has
# the Java client as a command. Everything runs twice; the second run counts, when both sides are warm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

servers=${SERVERS:-../shared/servers}
rows=${1:-100000}
seconds=${SECONDS_EACH:-8}
build=${BUILD:-.build}
bench=$build/release/sluice-bench
sluice=$build/release/sluice
[ -x "$servers/hbase.sh" ] || { echo "no server scripts in $servers" >&2; exit 1; }
for program in "$bench" "$sluice"; do
    [ -x "$program" ] || { echo "$program is missing: make bench-hbase builds it" >&2; exit 1; }
done

folder=$(mktemp -d)
finish() {
    "$servers/hbase.sh" stop "$folder/hbase" >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

quorum=$("$servers/hbase.sh" start "$folder/hbase" | sed -n 's/^zookeeper.quorum=//p')
tool() { "$servers/hbase.sh" tool "$folder/hbase" "$@"; }
export SLUICE_HOME=$folder/home

tool create bench f >/dev/null
tool create written f >/dev/null
tool fill bench f:v "$rows" 16 >/dev/null
tool flush bench >/dev/null

both() { # TITLE, then the Java command, then --, then sluice's
    local title=$1 java=() own=()
    shift
    while [ "$1" != -- ]; do java+=("$1"); shift; done
    shift
    own=("$@")
    echo "== $title"
    # Two commands in one virtual machine: the first one warms it up.
    echo "   java    $(printf '%s\n%s\n' "${java[*]}" "${java[*]}" | tool | tail -n 1)"
    "$bench" "${own[@]}" >/dev/null
    echo "   sluice  $("$bench" "${own[@]}")"
}

both "single gets, 256 in flight" bench-get bench "$rows" "$seconds" 256 \
    -- hbase-get "$quorum" bench "$rows" "$seconds" 256
both "gets in batches of 1000" bench-multiget bench "$rows" "$seconds" 1000 \
    -- hbase-multiget "$quorum" bench "$rows" "$seconds" 1000
both "puts" bench-put written f:v 400000 16 -- hbase-put "$quorum" written f:v 400000 16

# A look-up join of a million rows, without a cache and with one that holds all keys.
join() { # TITLE, options of the table, number of keys that are asked for
    cat >"$folder/join.sql" <<SQL
CREATE TABLE t (k STRING, f ROW<v BYTES>, PRIMARY KEY (k) NOT ENFORCED)
  WITH ('connector' = 'hbase', 'table-name' = 'bench', 'zookeeper.quorum' = '$quorum'$2);
CREATE TABLE s (n INT, proc AS PROCTIME())
  WITH ('connector' = 'datagen', 'number-of-rows' = '1000000', 'rows-per-second' = '100000000',
        'fields.n.min' = '0', 'fields.n.max' = '$((${3:-$rows} - 1))');
CREATE TABLE o (n INT, v BYTES) WITH ('connector' = 'blackhole');
INSERT INTO o SELECT s.n, t.f.v FROM s JOIN t FOR SYSTEM_TIME AS OF s.proc
  ON CONCAT('row-', LPAD(CAST(s.n AS STRING), 8, '0')) = t.k;
SQL
    echo "== look-up join of 1000000 rows, $1"
    local TIMEFORMAT='%R %U %S'
    local took
    took=$({ time "$sluice" run "$folder/join.sql" >/dev/null 2>"$folder/errors"; } 2>&1) ||
        { cat "$folder/errors" >&2; exit 1; }
    echo "$took" | awk '{printf "   sluice  %d rows a second, %d rows a CPU second\n", 1000000 / $1, 1000000 / ($2 + $3)}'
}
join "without a cache" ""
join "1000 hot keys in the cache" ", 'lookup.cache' = 'PARTIAL', 'lookup.partial-cache.max-rows' = '$rows'" 1000
join "all $rows keys in the cache" ", 'lookup.cache' = 'PARTIAL', 'lookup.partial-cache.max-rows' = '$rows'"
