# A replay of what was recorded is the same; of what was changed it is not, and the first difference is named.
. "$SOURCE/tests/cli/lib.sh"
exits 0 "$MUSTER" run "$here/scenarios/small.lua" --no-plot --seed 5 --set blocked_head=skip --set kill=cooperative
chain=$(sed -n 's/.*"chain": *"\([0-9a-f]*\)".*/\1/p' muster-out/latest/verdict.json)
exits 0 "$MUSTER" replay muster-out/latest
says "seed 5, chain $chain"
exits 0 "$MUSTER" replay muster-out/small-5/history.mst

# One byte of the file changed: refused, wherever it is.
size=$(wc -c <muster-out/small-5/history.mst)
for offset in 9 $((size / 3)) $((size / 2)) $((size - 3)); do
    cp muster-out/small-5/history.mst changed.mst
    byte=$(od -An -tu1 -j "$offset" -N 1 changed.mst)
    printf "\\$(printf %03o $(((byte + 1) % 256)))" | dd of=changed.mst bs=1 seek="$offset" conv=notrunc 2>/dev/null
    complains 65 'changed.mst' "$MUSTER" replay changed.mst
    complains 65 'changed.mst' "$MUSTER" judge changed.mst
done

# A history without a chain can be changed unseen, and the replay sees it.
exits 0 "$MUSTER" report muster-out/latest -o report --ndjson --no-plot
exits 0 "$MUSTER" replay report/history.ndjson
line=$(grep -n '"kind":"start"' report/history.ndjson | head -n 1 | cut -d: -f1)
sed "${line}s/\"rank\":0/\"rank\":1/" report/history.ndjson >changed.ndjson
cmp -s report/history.ndjson changed.ndjson && die "the test changed nothing"
exits 4 "$MUSTER" replay changed.ndjson
says "^record $((line - 1)) differs"
says '^recorded: .*"rank":1'
says '^now: .*"rank":0'

# An END that came too early.
head -n "$line" report/history.ndjson >short.ndjson
exits 0 "$MUSTER" replay short.ndjson

# run --verify: the same once more, in a fresh process; a core that throws dice is told by the first record that differs
exits 0 "$MUSTER" run "$SOURCE/tests/bench/hunt.lua" --no-plot --verify --out verified
says '^verified/history.mst: [0-9]+ records, the same again; seed 1, chain [0-9a-f]{16}$'
exits 0 "$MUSTER" run "$SOURCE/tests/bench/hunt.lua" --no-plot --verify --format tap --out verified_tap
says '^TAP version 14$'
grep -q 'the same again' out && die "what is not TAP is on stdout"
says 'the same again' err
exits 4 env BAD=dice CORE="$CORE" "$MUSTER" run "$SOURCE/tests/bench/hunt.lua" --no-plot --verify --core "$BAD_CORE" --out dice
says '^record [0-9]+ differs$'
says '^recorded: {"n":'
says '^now: '
complains 64 'does not know of --choices' "$MUSTER" run "$SOURCE/tests/bench/hunt.lua" --choices none --verify
