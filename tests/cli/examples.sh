# Every example of a word runs and passes, shows the words that it says it shows, and is what help prints for them.
. "$SOURCE/tests/cli/lib.sh"
count=0
: >shown
for example in "$SOURCE"/cli/examples/*.lua; do
    count=$((count + 1))
    exits 0 "$MUSTER" run "$example" --no-plot --out run
    words=$(sed -n '1s/^-- Shows: //p' "$example")
    [ -n "$words" ] || die "$example does not begin with -- Shows:"
    for word in $(echo "$words" | tr -d ,); do
        sed 1d "$example" | grep -qw -- "$word" || die "$example says it shows $word, and does not"
        echo "$word" >>shown
        exits 0 "$MUSTER" help "$word"
        says '^example:$'
    done
    name=$(basename "$example" .lua)
    exits 0 "$MUSTER" help "$name"
    # The last line of the file, as help indents it.
    grep -qxF -- "    $(tail -n 1 "$example")" out || die "help $name does not print $example"
done
[ "$count" -ge 15 ] || die "only $count examples"
[ -z "$(sort shown | uniq -d)" ] || die "shown twice: $(sort shown | uniq -d | tr '\n' ' ')"
# Every word of ours has one, but for those that need a file beside them.
without=''
for word in $(sed -n 's/^    X(\([a-z_]*\),.*/\1/p; s/^    X([a-z]*, *\([a-z_]*\),.*/\1/p' "$SOURCE/scenarios/src/words.h" | sort -u); do
    case $word in assert | error | ipairs | math | next | pairs | select | string | table | tonumber | tostring | type) continue ;; workload) continue ;; esac
    "$MUSTER" help "$word" >out 2>err || die "help $word: $(cat err)"
    grep -q '^example:$' out || without="$without $word"
done
[ -z "$without" ] || die "words without an example in cli/examples:$without"
