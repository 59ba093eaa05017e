#!/bin/sh
# Runs the sample against an empty home of its own. With HBASE_CONF_DIR it runs against that cluster, in tables that it
# creates before and drops afterwards.
set -eu
cd "$(dirname "$0")/../.."
. samples/sandbox.sh
sandbox "sample_customers profile" "sample_cards holder rules" "sample_alerts alert facts"
"$sluice" run samples/fraud-detection/job.sql "$@"
