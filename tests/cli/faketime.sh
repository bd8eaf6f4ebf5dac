# A run does not notice what day it is, nor how fast the clock goes.
. "$SOURCE/tests/cli/lib.sh"
command -v faketime >/dev/null 2>&1 || skip "faketime is not installed"
[ "${SANITIZED:-}" != ON ] || skip "faketime and sanitizers do not preload together"
small=$here/scenarios/small.lua
"$MUSTER" run "$small" --no-plot --out plain >out 2>err || die "$(cat err)"
for date in '1970-01-02 00:00:00' '2038-01-19 03:14:07' '2099-12-31 23:59:59' '@2024-02-29 12:00:00 x8640'; do
    faketime -f "$date" date >/dev/null 2>&1 || skip "faketime does not work here"
    exits 0 faketime -f "$date" "$MUSTER" run "$small" --no-plot --out faked
    diff -r plain faked || die "at '$date' the run differs"
    rm -rf faked
done
