#!/bin/sh
# Runs the sample against an empty home of its own. With HBASE_CONF_DIR it runs against that cluster, in tables that it
# creates before and drops afterwards.
set -eu
cd "$(dirname "$0")/../.."
. samples/sandbox.sh
sandbox "sample_profiles info account" "sample_activity grp stats"
"$sluice" run samples/user-profiles/job.sql "$@"
