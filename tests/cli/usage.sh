# A command line that is wrong is answered with one line, the nearest name, and 64; help is always at hand.
. "$SOURCE/tests/cli/lib.sh"

complains 64 "no command 'rum' .did you mean 'run'" "$MUSTER" rum
complains 64 "no command 'polices' .did you mean 'policies'" "$MUSTER" polices
complains 64 "no command 'xyzzyx'; see" "$MUSTER" xyzzyx
complains 64 "no option '--sede' .did you mean '--seed'" "$MUSTER" run x.lua --sede 3
complains 64 "no option '-x'" "$MUSTER" run -x x.lua
complains 64 "'--seed' needs a value" "$MUSTER" run x.lua --seed
complains 64 "'--no-plot=1' takes no value" "$MUSTER" run x.lua --no-plot=1
complains 64 "seed is '-1', must be a whole number in 0\.\.18446744073709551615" "$MUSTER" run x.lua --seed -1
complains 64 "seed is '1x'" "$MUSTER" run x.lua --seed 1x
complains 64 "seed is '18446744073709551616'" "$MUSTER" run x.lua --seed 18446744073709551616
complains 64 "--format is 'tab', must be pretty, tap or junit .did you mean 'tap'" "$MUSTER" run x.lua --format tab
complains 64 "needs FILE.lua" "$MUSTER" run
complains 64 "'b.lua' is one operand too many" "$MUSTER" run a.lua b.lua
complains 64 "needs RUN GANG" "$MUSTER" why x
complains 64 "needs -o DIR" "$MUSTER" report x
complains 64 "at is 'soon', must be a time" "$MUSTER" why x y --at soon
complains 64 "no command or topic 'exot' .did you mean 'exit'" "$MUSTER" help exot
complains 64 "no rule 'ANO-1' .did you mean 'AON-1'" "$MUSTER" rules ANO-1
complains 64 "no policy 'strikt' .did you mean 'strict'" "$MUSTER" run "$here/scenarios/small.lua" --policy strikt
complains 64 "no axis 'blocked_haed' .did you mean 'blocked_head'" "$MUSTER" run "$here/scenarios/small.lua" --set blocked_haed=skip
complains 64 "axis blocked_head is 'skp', must be block or skip" "$MUSTER" run "$here/scenarios/small.lua" --set blocked_head=skp
complains 64 "'blocked_head' is not axis=value" "$MUSTER" run "$here/scenarios/small.lua" --set blocked_head
complains 64 "must be NAME=VALUE" "$MUSTER" run "$here/scenarios/small.lua" --param late
complains 64 "late" "$MUSTER" run "$here/scenarios/small.lua" --param late=1

exits 64 "$MUSTER"
says 'muster run FILE.lua'

for command in run check learn new import replay judge report why faults policies rules doctor completion help; do
    exits 0 "$MUSTER" $command --help
    says "^usage: muster $command"
    says '^example:'
    exits 0 "$MUSTER" help $command
done
for topic in exit metrics scenario faults managers policies rules files environment settings oracles records reasons timers \
    spark progress profiles; do
    exits 0 "$MUSTER" help $topic
    [ "$(wc -l <out)" -ge 4 ] || die "help $topic has $(wc -l <out) lines"
done
exits 0 "$MUSTER" --version
says '^muster [0-9]+\.[0-9]+\.[0-9]+$'
exits 0 "$MUSTER" --help
exits 0 "$MUSTER" doctor
exits 0 "$MUSTER" faults
says '^crash +executor'
says '^cut +link'
says '^ +cut\(c\.executor\[2\], \{ way = "out", lasts = "20s" \}\), cut\(c\.executor\[2\], \{ to = c\.executor\[1\] \}\)$'
says '^crash_driver +driver'
[ "$(grep -c '^[a-z]' out)" = "$(grep -c '^ \{20,\}[a-z_]\+[( ]' out)" ] || die 'a fault has no example'
exits 0 "$MUSTER" policies
says '^blocked_head +block +skip'
says '^resubmit +after_release +at_once'
exits 0 "$MUSTER" rules
says '^AON-1 '
tr '\n' ' ' <out >joined
says "Of Spark's [0-9]+ own rules .* [1-9][0-9]* are checked under policy spark, [0-9]+ differ here, and [0-9]+ are out of reach\." joined
rm joined
exits 0 "$MUSTER" rules B-10 B-42
says '^B-10 +'
says '^B-42 +checked +[a-z]+_'
exits 0 "$MUSTER" rules BAR
says 'spark: '
nothing_left
