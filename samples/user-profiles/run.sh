#!/bin/sh
# Runs the sample against an empty home of its own. With HBASE_CONF_DIR it runs against that cluster, in tables that it
# creates before and drops afterwards.
set -eu
cd "$(dirname "$0")/../.."
sluice=${SLUICE:-sluice}
home=$(mktemp -d)
export SLUICE_HOME="$home"
made=
finish() {
  for table in $made; do "$sluice" hbase drop "$table" >/dev/null; done
  rm -rf "$home"
}
trap finish EXIT
trap 'exit 130' INT TERM
if [ -n "${HBASE_CONF_DIR:-}" ]; then
  while read -r table families; do
    # shellcheck disable=SC2086
    "$sluice" hbase create "$table" $families >/dev/null </dev/null
    made="$made $table"
  done <<TABLES
sample_profiles info account
sample_activity grp stats
TABLES
fi
"$sluice" run samples/user-profiles/job.sql "$@"
