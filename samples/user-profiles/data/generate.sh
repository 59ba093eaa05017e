#!/bin/sh
# Writes profiles.csv and events.jsonl beside itself, the same bytes every time.
set -eu
cd "$(dirname "$0")"
LC_ALL=C awk '
function next_number(limit) { seed = (seed * 69069 + 1) % 4294967296; return int(seed / 65536) % limit }
function two(n) { return sprintf("%02d", n) }
BEGIN {
  seed = 2024
  split("Ada Ben Cleo Dina Emil Faye Gus Hana Ivo June Kai Lena Milo Nora Otis Pia Quin Rosa Sven Tess", first, " ")
  split("DE FR US BR JP IN", country, " ")
  split("free,free,free,plus,plus,business", tier, ",")
  for (u = 1; u <= 120; u++) {
    name = first[1 + next_number(20)] " " substr("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1 + next_number(26), 1) "."
    # Two profiles in twenty have no birth year.
    year = next_number(20) < 2 ? "" : 1950 + next_number(55)
    printf "u%04d,%s,%s,%s,%s,20%02d-%02d-%02d\n", u * 37 % 1009, name, country[1 + next_number(6)], year, \
      tier[1 + next_number(6)], 15 + next_number(9), 1 + next_number(12), 1 + next_number(28) > "profiles.csv"
  }
  split("/home /search /item /item /item /cart /checkout /help", page, " ")
  clock = 0
  for (e = 1; e <= 3000; e++) {
    clock += next_number(9)
    # Up to four seconds late; one user in thirty has no profile.
    at = clock - next_number(5)
    if (at < 0) at = 0
    user = next_number(30) == 0 ? "guest" next_number(5) : sprintf("u%04d", (1 + next_number(120)) * 37 % 1009)
    what = page[1 + next_number(8)]
    printf "{\"event\":%d,\"user\":\"%s\",\"page\":\"%s\",\"at\":\"2024-03-01 %s:%s:%s\",\"millis\":%d}\n", e, user, \
      what, two(8 + int(at / 3600)), two(int(at / 60) % 60), two(at % 60), 20 + next_number(900) > "events.jsonl"
  }
}'
