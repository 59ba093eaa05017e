#!/bin/sh
# Writes devices.csv and readings.jsonl beside itself, the same bytes every time.
set -eu
cd "$(dirname "$0")"
LC_ALL=C awk '
function next_number(limit) { seed = (seed * 69069 + 1) % 4294967296; return int(seed / 65536) % limit }
function two(n) { return sprintf("%02d", n) }
BEGIN {
  seed = 99
  split("boiler-room,roof,hall-a,hall-b,cold-store", place, ",")
  for (d = 1; d <= 20; d++) {
    id[d] = sprintf("s%02d", d)
    base[d] = 400 + next_number(2200)
    printf "%s,%s,%d\n", id[d], place[1 + (d - 1) % 5], base[d] + 300 > "devices.csv"
  }
  # Every sensor reports every ten seconds for half an hour; some reports are lost, some come late, some have no humidity.
  for (tick = 0; tick < 180; tick++)
    for (d = 1; d <= 20; d++) {
      if (next_number(40) == 0) continue
      at = tick * 10 + next_number(10) - next_number(6)
      if (at < 0) at = 0
      heat = base[d] + next_number(200) - 100 + (d == 7 && tick > 100 ? 6 * (tick - 100) : 0)
      humidity = next_number(30) == 0 ? "null" : sprintf("%d.%d", 30 + next_number(40), next_number(10))
      printf "{\"sensor\":\"%s\",\"celsius\":%d.%s,\"humidity\":%s,\"at\":\"2024-07-01 %s:%s:%s\"}\n", id[d], \
        int(heat / 100), two(heat % 100), humidity, two(6 + int(at / 3600)), two(int(at / 60) % 60), two(at % 60) \
        > "readings.jsonl"
    }
}'
