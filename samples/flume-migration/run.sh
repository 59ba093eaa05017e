#!/bin/sh
# Runs the sample against an empty home of its own. With HBASE_CONF_DIR it runs against that cluster, in tables that it
# creates before and drops afterwards.
set -eu
cd "$(dirname "$0")/../.."
. samples/sandbox.sh
sandbox "sample_raw_events cf" \
  "sample_access_log cf headers" \
  "sample_charges cf" \
  "sample_counters cf"
"$sluice" run samples/flume-migration/job.sql "$@"
