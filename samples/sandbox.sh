# Read by the samples' run.sh: `sandbox TABLE...` gives the run an empty home of its own. With HBASE_CONF_DIR it also
# creates the tables on that cluster, each written as "name family family", and drops them at the end.
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

sandbox() {
  [ -n "${HBASE_CONF_DIR:-}" ] || return 0
  for table in "$@"; do
    # shellcheck disable=SC2086
    "$sluice" hbase create $table >/dev/null </dev/null
    made="$made ${table%% *}"
  done
}
