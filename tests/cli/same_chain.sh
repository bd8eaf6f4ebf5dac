# One chain: in a process that was used before, at other addresses, on other dates, under a fast clock, from elsewhere.
. "$SOURCE/tests/cli/lib.sh"
small=$here/scenarios/small.lua
reference=$("$CHAINS" "$small" 1 1000 same) || die "1000 runs in one process differ"
[ "$("$CHAINS" "$small" 1 1 same)" = "$reference" ] || die "a fresh process has another chain"

# chain_of COMMAND...: the chain of a run of the command in a directory of its own.
chain_of() {
    rm -rf there
    "$@" run "$small" --no-plot --out there >out 2>err || die "$*: $(cat err)"
    sed -n 's/.*"chain": *"\([0-9a-f]*\)".*/\1/p' there/verdict.json
}
chain=$(chain_of "$MUSTER")
[ -n "$chain" ] || die "verdict.json has no chain"
same() {
    label=$1
    shift
    got=$(chain_of "$@")
    [ "$got" = "$chain" ] || die "$label: chain '$got', elsewhere '$chain'"
}
for i in 1 2 3 4 5; do same "run $i again" "$MUSTER"; done
same 'an empty environment' env -i "$MUSTER"
same 'another language' env LC_ALL=de_DE.UTF-8 LANG=tr_TR.UTF-8 "$MUSTER"
same 'a dirty allocator' env MALLOC_PERTURB_=165 "$MUSTER"
same 'fixed addresses' setarch -R "$MUSTER"
(cd / && rm -rf "$SCRATCH/there" && "$MUSTER" run "$small" --no-plot --out "$SCRATCH/there" >/dev/null 2>&1)
[ "$(sed -n 's/.*"chain": *"\([0-9a-f]*\)".*/\1/p' there/verdict.json)" = "$chain" ] || die "another directory, another chain"
