# `muster new` writes a scenario that passes as it is, says how to run it, and never overwrites anything.
. "$SOURCE/tests/cli/lib.sh"
for kind in gang pipeline faults stream; do
    exits 0 "$MUSTER" new "my $kind.lua" --kind $kind
    command=$(tail -n 1 out | sed 's/^ *muster //')
    [ "$(grep -c '^--' "my $kind.lua")" -ge 6 ] || die "$kind: few comments"
    grep -q 'Change:' "my $kind.lua" || die "$kind does not say what to change"
    awk 'length($0) > 120' "my $kind.lua" | grep . && die "$kind has a line that is too long"
    for word in cluster expect; do grep -q "$word {" "my $kind.lua" || die "$kind has no $word"; done
    # The line that it prints runs it, as it is.
    eval "exits 0 '$MUSTER' $command --no-plot"
    exits 0 "$MUSTER" help "my $kind.lua"
done
exits 0 "$MUSTER" new plain.lua
cmp plain.lua 'my gang.lua' || die "the default is not gang"
# What a starter says can be changed from outside.
for fault in none crash kill hang cut slow pause; do
    exits 0 "$MUSTER" run 'my faults.lua' --param fault=$fault --no-plot --out run
done
exits 0 "$MUSTER" run 'my gang.lua' --param tasks=8 --no-plot --out run

echo mine >plain.lua
complains 74 "plain.lua is there already and is left alone; choose another name" "$MUSTER" new plain.lua
[ "$(cat plain.lua)" = mine ] || die "it was overwritten"
ln -s nowhere.lua link.lua
complains 74 "link.lua is there already" "$MUSTER" new link.lua
[ ! -e nowhere.lua ] || die "it was written through a link"
complains 74 "cannot write no/such/place.lua: No such file or directory" "$MUSTER" new no/such/place.lua
complains 64 "'mine' must end in .lua; try: muster new mine.lua" "$MUSTER" new mine
complains 64 "no kind 'gnag' .did you mean 'gang'" "$MUSTER" new x.lua --kind gnag
complains 64 "needs FILE.lua" "$MUSTER" new
[ ! -e x.lua ] && [ ! -e mine ] || die "something was written"
