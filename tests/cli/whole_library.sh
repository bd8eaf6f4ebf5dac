# The whole library with a whole scheduler behind a pipe, as cli.verdicts does with muster's own: how many scenarios it passes, how many come out
# as their heads say of a right scheduler, and how many it cannot be asked, and why. A number that changes is a scenario that is new, or a
# scheduler that is worse.
. "$SOURCE/tests/cli/lib.sh"
command -v python3 >/dev/null || skip "there is no python3"
driver="exec:python3 $SOURCE/scenarios/schedulers/exec/driver.py"

exits 0 "$MUSTER" check -q --target "$driver" --report report.txt
says 'check: [0-9]+ passed, [0-9]+ predicted, 0 tolerated, 0 unknown, 0 failed, 138 not run'
says 'not applicable: 138 scenarios of a scheduler of its own, or with what a whole scheduler cannot be asked'

# The table has those of which no case was run, and why; that is seen in the file itself.
table=$here/whole_library.tsv
sed -n 's/^\(ok\|predicted\)  *\([^ ]*\.lua\) .*/\2/p' out | sort -u >shown
(cd "$SOURCE" && find scenarios -name '*.lua' | LC_ALL=C sort) >files
while IFS= read -r file; do
    grep -qxF "$file" shown && continue
    if grep -q '^scheduler\b' "$SOURCE/$file"; then
        why=own-scheduler
    elif grep -qE 'crash_driver' "$SOURCE/$file"; then
        why=driver-crash
    elif grep -qE 'dynamic *= *(1|true)' "$SOURCE/$file"; then
        why=dynamic
    else
        why=unknown
    fi
    printf '%s\t%s\n' "$file" "$why"
done <files >found
cmp -s found "$table" || die "the scenarios that were not run are not those of whole_library.tsv: $(diff "$table" found)"
