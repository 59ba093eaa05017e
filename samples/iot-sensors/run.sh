#!/bin/sh
# Runs the sample against an empty home of its own. With HBASE_CONF_DIR it runs against that cluster, in tables that it
# creates before and drops afterwards.
set -eu
cd "$(dirname "$0")/../.."
. samples/sandbox.sh
sandbox "sample_devices info" "sample_climate celsius humidity quality" "sample_places total"
"$sluice" run samples/iot-sensors/job.sql "$@"
