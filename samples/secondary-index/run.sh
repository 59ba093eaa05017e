#!/bin/sh
# Runs the sample against an empty home of its own, on the embedded store.
set -eu
cd "$(dirname "$0")/../.."
unset HBASE_CONF_DIR
. samples/sandbox.sh
sandbox
"$sluice" run samples/secondary-index/job.sql "$@"
