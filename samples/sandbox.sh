# Read by the samples' run.sh: `sandbox TABLE...` gives the run an empty home of its own. With HBASE_CONF_DIR it also
# creates the tables on that cluster, each written as "name family family", and drops them at the end.
# The program is $SLUICE, else the installed one, else the one that `make build` made here.
home=
made=

finish() {
  for table in $made; do "$sluice" hbase drop "$table" >/dev/null; done
  [ -z "$home" ] || rm -rf "$home"
}
trap finish EXIT
trap 'exit 130' INT TERM

find_sluice() {
  sluice=${SLUICE:-$(command -v sluice || echo .build/release/sluice)}
  command -v "$sluice" >/dev/null && return
  echo "sluice is not there: make build, make install, or SLUICE=/path/to/sluice $0" >&2
  exit 127
}

sandbox() {
  find_sluice
  home=$(mktemp -d)
  export SLUICE_HOME="$home"
  [ -n "${HBASE_CONF_DIR:-}" ] || return 0
  for table in "$@"; do
    # shellcheck disable=SC2086
    "$sluice" hbase create $table >/dev/null </dev/null
    made="$made ${table%% *}"
  done
}
