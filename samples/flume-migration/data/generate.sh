#!/bin/sh
# Writes events.jsonl beside itself, the same bytes every time: Flume events as its JSON handler takes them.
set -eu
cd "$(dirname "$0")"
LC_ALL=C awk '
function next_number(limit) { seed = (seed * 69069 + 1) % 4294967296; return int(seed / 65536) % limit }
function two(n) { return sprintf("%02d", n) }
BEGIN {
  seed = 31
  split("GET GET GET POST PUT DELETE", verb, " ")
  split("/index.html /api/orders /api/carts /login /img/logo.png", path, " ")
  split("200 200 200 200 304 404 500", code, " ")
  split("web1 web2 web3", host, " ")
  clock = 1709251200000
  for (e = 1; e <= 1500; e++) {
    clock += 1 + next_number(700)
    kind = next_number(10)
    key = ""
    if (kind < 5) {
      type = "access"
      body = sprintf("10.0.%d.%d %s %s %d %d", next_number(4), next_number(200), verb[1 + next_number(6)], \
        path[1 + next_number(5)], code[1 + next_number(7)], next_number(50000))
      # Some lines are cut off.
      if (next_number(25) == 0) body = substr(body, 1, 9)
    } else if (kind < 9) {
      type = "charge"
      key = sprintf(",\"rowKey\":\"c%05d\"", (e * 7919) % 99991)
      body = sprintf("%d.%s,2024-03-%s,%s", next_number(400), two(next_number(100)), two(1 + next_number(28)), \
        next_number(4) == 0 ? "high" : "normal")
    } else {
      type = "note"
      body = "note " e
    }
    printf "{\"headers\":{\"id\":\"e%05d\",\"timestamp\":\"%.0f\",\"host\":\"%s\",\"type\":\"%s\"%s},\"body\":\"%s\"}\n", \
      (e * 30011) % 99991, clock, host[1 + next_number(3)], type, key, body > "events.jsonl"
  }
}'
