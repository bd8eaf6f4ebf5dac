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

# is_junit FILE...: valid by the structure that readers of JUnit's XML agree on, if there is somebody here to say so.
is_junit() {
    command -v xmllint >/dev/null 2>&1 || { echo "no xmllint: JUnit's XML was not held against junit.xsd: $*"; return 0; }
    xmllint --noout --nonet --schema "$SOURCE/tests/cli/junit.xsd" "$@" >valid 2>&1 || die "no valid JUnit: $(cat valid)"
    rm -f valid
}
# is_tap FILE [STATUS]: a reader of TAP reads it, and counts what the file says; with a status, that of its verdict. Version 14 is read as
# 13 is; only the first line is news to older readers.
is_tap() {
    command -v prove >/dev/null 2>&1 || { echo "no prove: nobody read the TAP: $1"; return 0; }
    sed '1s/14/13/' "$1" >read.tap
    prove read.tap >proved 2>&1
    read_as=$?
    grep -q '^Parse errors' proved && die "prove cannot read $1: $(cat proved)"
    [ "$read_as" = "${2:-$read_as}" ] || die "prove says $read_as of $1, must be $2: $(cat proved)"
    rm -f read.tap proved
}

# bring_child: child.sh in this test's own directory, so that its processes have a name that no other test's have, whatever runs beside.
# nobody_left NAME: none of them lives on. It may take the keeper a moment.
bring_child() {
    cp "$here/child.sh" "$SCRATCH/child.sh" || die "child.sh cannot be copied"
    child="exec:exec sh $SCRATCH/child.sh"
}
nobody_left() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        # shellcheck disable=SC2009 # pgrep is not everywhere
        ps -A -o args= 2>/dev/null | grep -F "$SCRATCH/child.sh" | grep -vF grep >left || { rm -f left; return; }
        sleep 0.1
    done
    die "$1: left behind: $(cat left)"
}
