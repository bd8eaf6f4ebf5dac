# lib.sh -- what the tests of the command share. Sourced; the environment comes from CMakeLists.txt:
# MUSTER, CHAINS, INTERRUPT: the programs; SOURCE: the tree; SCRATCH: a directory of this test's own.
# A check that fails says what it saw and ends the test.
set -u
here=$SOURCE/tests/cli
rm -rf "$SCRATCH"
mkdir -p "$SCRATCH"
cd "$SCRATCH" || exit 70

die() {
    echo "FAILED: $*"
    exit 1
}
skip() {
    echo "skipped: $*"
    exit 77
}

# exits STATUS COMMAND...: runs it, keeps stdout in ./out and stderr in ./err, and insists on the status.
exits() {
    wanted=$1
    shift
    "$@" >out 2>err </dev/null
    got=$?
    [ "$got" = "$wanted" ] && return
    echo "stdout, its end:"
    tail -n 5 out
    echo "stderr, its end:"
    tail -n 20 err
    die "status $got, must be $wanted: $*"
}

# complains STATUS PATTERN COMMAND...: fails with this status and exactly one line on stderr that matches, nothing on stdout.
complains() {
    wanted_status=$1 pattern=$2
    shift 2
    exits "$wanted_status" "$@"
    [ "$(wc -l <err)" = 1 ] || die "$(wc -l <err) lines on stderr, must be 1: $*: $(cat err)"
    [ ! -s out ] || die "something on stdout: $*: $(head -n 1 out)"
    grep -qE -- "$pattern" err || die "stderr is '$(cat err)', must match '$pattern': $*"
}

says() { grep -qE -- "$1" "${2:-out}" || die "nothing in ${2:-out} matches '$1': $(head -c 2000 "${2:-out}")"; }

# nothing_left: no output of a run is here, finished or not.
nothing_left() {
    left=$(find . -mindepth 1 ! -name out ! -name err ! -name '*.lua' 2>/dev/null)
    [ -z "$left" ] || die "left behind: $left"
}
