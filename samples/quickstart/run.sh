#!/bin/sh
# Runs the quickstart against an empty home of its own, so that it can be run as often as one likes.
set -eu
cd "$(dirname "$0")/../.."
unset HBASE_CONF_DIR # it shows the embedded store
. samples/sandbox.sh
sandbox
"$sluice" run samples/quickstart/job.sql "$@"
