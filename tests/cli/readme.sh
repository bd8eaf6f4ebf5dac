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

# Whoever follows it word by word gets somewhere: each command of its lists runs, in its order, and ends as a run or a look-up
# does (0, 1 or 3), not as a mistake of the command line.
sed -n 's/^    \.\/muster \(.*\)/\1/p' "$SOURCE/README.md" | sed 's/   .*//' | grep -v '^test$' >commands
[ "$(wc -l <commands)" -ge 12 ] || die "README.md has few commands"
while read -r command; do
    # shellcheck disable=SC2086 # the command's words
    "$MUSTER" $command >out 2>err </dev/null
    status=$?
    case $status in 0 | 1 | 3) ;; *) die "README.md says './muster $command', which ends with $status: $(cat err)" ;; esac
    case $command in
    *launch_again) says '^  CAP-5 broken' ;;
    'replay '*) says 'the same again' ;;
    'why '*) says '^train/fit at 1\.900s' ;;
    esac
done <commands
