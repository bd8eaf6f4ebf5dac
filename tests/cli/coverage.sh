# The whole library, under strict and under spark with all that is said of other axes, reaches every mark of the core but those in
# unhit.tsv, each with its reason; and no rule is without a case.
. "$SOURCE/tests/cli/lib.sh"
for policy in strict spark; do
    exits 0 "$MUSTER" check --policy $policy --axes --coverage
    grep '^unhit mark: ' out | sed 's/^unhit mark: //' | sort >unhit.$policy
    grep -q '^rule without a case' out && die "$(grep '^rule without a case' out | head -n 1)"
    says '^coverage: [0-9]+ of [0-9]+ marks'
done
comm -12 unhit.strict unhit.spark >unhit
# NAME, reason; the words of a mark are in the core's table.
sed -n 's/^    X(\([A-Z_]*\), *"\(.*\)").*/\1\t\2/p' "$SOURCE/core/src/marks.h" >marks
[ "$(wc -l <marks)" -ge 80 ] || die "core/src/marks.h cannot be read any more"
: >known
sed 1d "$here/unhit.tsv" | while IFS='	' read -r name where reason; do
    words=$(awk -F '\t' -v name="$name" '$1 == name { print $2 }' marks)
    [ -n "$words" ] || die "unhit.tsv: there is no mark $name"
    [ -n "$reason" ] || die "unhit.tsv: $name has no reason"
    [ -f "$SOURCE/$where" ] || die "unhit.tsv: $name is said to be reached by $where, which there is not"
    # What walks reach, walk_test.c itself insists on, unless it lists the words.
    case $where in *walk_test.c) grep -qF "\"$words\"" "$SOURCE/$where" && die "unhit.tsv: walk_test.c says that no walk reaches $name" ;; esac
    echo "$words" >>known
done || exit 1
sort -o known known
missing=$(comm -23 unhit known)
[ -z "$missing" ] || die "nothing in the library reaches: $missing"
stale=$(comm -13 unhit known)
[ -z "$stale" ] || die "unhit.tsv names what is reached: $stale"

# What `muster rules` lists is what there is: each rule once, claimed or not by each profile, and each with a case that is there.
exits 0 "$MUSTER" rules
awk '{ print $1 }' out | grep -E '^[A-Z]+-[0-9]+$' >listed
sed 1d "$SOURCE/conformance/rules/rules.tsv" | cut -f 1 >rules
cmp -s rules listed || die "muster rules lists others: $(diff rules listed | grep '^[<>]' | tr '\n' ' ')"
sed 1,2d "$SOURCE/conformance/rules/profiles.tsv" | cut -f 1 | cmp -s - rules || die "profiles.tsv has other rules, or in another order"
sed 1d "$SOURCE/conformance/rules/rules.tsv" | cut -f 1,5 | while IFS='	' read -r rule cases; do
    [ -n "$cases" ] || die "$rule has no case"
    for case in $cases; do
        set -- "$SOURCE/tests/conformance/histories/$case".*
        [ -f "$1" ] || die "$rule names the case $case, which there is not"
    done
done || exit 1
