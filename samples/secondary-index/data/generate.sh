#!/bin/sh
# Writes readings.jsonl beside itself, the same bytes every time.
set -eu
cd "$(dirname "$0")"
LC_ALL=C awk '
function next_number(limit) { seed = (seed * 69069 + 1) % 4294967296; return int(seed / 65536) % limit }
BEGIN {
  seed = 77
  split("A1 A7 B12 B96 C3", road, " ")
  split("60 80 30 40 20", low, " ")
  split("130 120 100 80 50", high, " ")
  for (r = 1; r <= 900; r++) {
    # Two readings in three are of a vehicle that was seen before: they replace what was known of it.
    vehicle = 1 + next_number(300)
    at = 1 + next_number(5)
    printf "{\"vehicle\":\"v%03d\",\"road\":\"%s\",\"speed\":%d,\"low\":%d,\"high\":%d}\n", vehicle, road[at], \
      low[at] - 15 + next_number(high[at] - low[at] + 40), low[at], high[at] > "readings.jsonl"
  }
}'
