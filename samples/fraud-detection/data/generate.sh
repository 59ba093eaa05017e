#!/bin/sh
# Writes customers.csv, cards.csv and transactions.jsonl beside itself, the same bytes every time.
set -eu
cd "$(dirname "$0")"
LC_ALL=C awk '
function next_number(limit) { seed = (seed * 69069 + 1) % 4294967296; return int(seed / 65536) % limit }
function two(n) { return sprintf("%02d", n) }
function transaction(card, cents, where, at) {
  number++
  printf "{\"tx\":%d,\"card\":\"%s\",\"amount\":%d.%s,\"country\":\"%s\",\"at\":\"2024-05-06 %s:%s:%s\"}\n", number, \
    card, int(cents / 100), two(cents % 100), where, two(9 + int(at / 3600)), two(int(at / 60) % 60), two(at % 60) \
    > "transactions.jsonl"
}
BEGIN {
  seed = 7
  split("DE FR US BR JP IN", country, " ")
  for (c = 1; c <= 60; c++) {
    home[c] = country[1 + next_number(6)]
    printf "C%03d,%s,%d\n", c, home[c], next_number(100) > "customers.csv"
  }
  for (k = 1; k <= 90; k++) {
    card[k] = sprintf("%04d-%04d", k * 7919 % 10000, next_number(10000))
    owner[k] = 1 + (k - 1) % 60
    limit[k] = 100 * (2 + next_number(18))
    printf "%s,C%03d,%d,%s\n", card[k], owner[k], limit[k], k % 29 == 0 ? "blocked" : "active" > "cards.csv"
  }
  clock = 0
  for (t = 1; t <= 2400; t++) {
    clock += next_number(10)
    k = 1 + next_number(90)
    at = clock - next_number(4)
    where = next_number(25) == 0 ? country[1 + next_number(6)] : home[owner[k]]
    transaction(next_number(200) == 0 ? "0000-0000" : card[k], 100 + next_number(9900), where, at < 0 ? 0 : at)
    # Now and then a stolen card is used six to nine times within two minutes, abroad.
    if (t % 300 == 150) {
      k = 1 + next_number(90)
      uses = 6 + next_number(4)
      for (u = 0; u < uses; u++) transaction(card[k], 5000 + next_number(20000), "KP", clock + u * 10)
      clock += uses * 10
    }
  }
}'
