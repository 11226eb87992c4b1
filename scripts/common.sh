# Shared by the scripts; sourced, not run.

start_seconds=$SECONDS

say() {
    printf '==> [%02d:%02d] %s\n' $(((SECONDS - start_seconds) / 60)) $(((SECONDS - start_seconds) % 60)) "$*"
}

# Runs a command with its output in a log file; on failure shows the end of it and stops.
quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    if ! "$@" >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        echo "FAILED: $* (whole output: $log)" >&2
        exit 1
    fi
}

# Another checkout, or another build directory, of the same sources finds its objects in the cache.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}

# build PRESET [TARGET...]
build() {
    local preset=$1
    shift
    quietly "build/$preset-configure.log" cmake --preset "$preset"
    quietly "build/$preset-build.log" cmake --build --preset "$preset" ${1:+--target} "$@"
}
