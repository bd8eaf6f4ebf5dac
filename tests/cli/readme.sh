# The README shows what really comes out: each line of its example is printed by the command above it.
. "$SOURCE/tests/cli/lib.sh"
MUSTER_COMMAND=./muster
export MUSTER_COMMAND
sed -n '/^    \$ \.\/muster run /,/^[^ ]/p' "$SOURCE/README.md" | sed -n 's/^    //p' >example
command=$(sed -n '1s/^\$ \.\/muster //p' example)
[ -n "$command" ] || die "README.md has no example"
# shellcheck disable=SC2086 # the command's words
"$MUSTER" $command --no-plot >out 2>err
[ $? = 1 ] || die "the example does not fail with 1: $(cat err)"
[ "$(wc -l <example)" -ge 8 ] || die "the example is too short"
sed 1d example | while read -r line; do
    [ "$line" = ... ] || [ -z "$line" ] || grep -qF -- "$line" out || die "README.md shows what does not come: $line"
done
