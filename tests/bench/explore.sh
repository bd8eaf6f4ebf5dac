#!/bin/sh
# `muster explore` beside SPIN, in turns, in one run: a gang on two executors of two slots, two barriers, crashes of tasks, and a
# gang that starts again as a whole. muster has the real core and all oracles; SPIN an abstract model of the same protocol.
# usage: explore.sh BUILD [MODEL.pml]     without spin or the model, muster alone
# TURNS=3 turns; SHAPES="2:1 3:1 3:2" as attempts:crashes of four tasks. Times are CPU times, so that neighbours matter less.
set -u
build=${1:?usage: explore.sh BUILD [MODEL.pml]}
model=${2-}
here=$(cd "$(dirname "$0")" && pwd)
muster=$(cd "$build" && pwd)/cli/muster
scratch=$(mktemp -d "${TMPDIR:-/tmp}/explore.XXXXXX") || exit 69
trap 'rm -rf "$scratch"' EXIT
[ -z "$model" ] || cp "$model" "$scratch/model.pml" || exit 65
cd "$scratch" || exit 70

# used COMMAND...: its CPU seconds and its peak memory in MiB, behind each other; its output is in ./said.
used() {
    python3 - "$@" <<'END'
import resource, subprocess, sys
with open("said", "w") as said:
    subprocess.run(sys.argv[1:], stdout=said, stderr=subprocess.STDOUT)
u = resource.getrusage(resource.RUSAGE_CHILDREN)
print(u.ru_utime + u.ru_stime, u.ru_maxrss // 1024)
END
}
row() { # NAME STATES TRANSITIONS SECONDS MIB
    echo "$1 $2 $3 $4 $5" | awk '{ printf "%-34s %10d states %10d transitions %7.2f s %8.0f k transitions/s %6d MiB\n", $1, $2, $3, $4, $3 / $4 / 1000, $5 }'
}
explore() { # ATTEMPTS CRASHES REDUCTION
    # shellcheck disable=SC2046 # two words
    set -- "$@" $(used "$muster" explore "$here/explore.lua" --all --quiet --param attempts="$1" --param crashes="$2" --reduction "$3" --memory 16GiB)
    states=$(sed -n 's/^  complete: \([0-9]*\) states.*/\1/p' said)
    transitions=$(sed -n 's/^  complete: .* \([0-9]*\) transitions.*/\1/p' said)
    [ -n "$states" ] || { cat said; exit 1; }
    row "muster,$1-attempts,$2-crashes,$3" "$states" "$transitions" "$4" "$5"
    sed -n 's/.*\(a state on the path takes .*\); table.*/    \1/p' said
}
spin_() { # ATTEMPTS CRASHES
    if [ ! -x "pan$1$2" ]; then
        spin -a -DNT=4 -DQL=8 -DRMAX=2 -DEMAX="$1" -DCRASHES="$2" model.pml >/dev/null && ${CC:-cc} -O2 -DSAFETY -o "pan$1$2" pan.c 2>/dev/null || exit 69
    fi
    # shellcheck disable=SC2046
    set -- "$@" $(used "./pan$1$2" -m2000000 -w26)
    row "spin,$1-attempts,$2-crashes" "$(sed -n 's/ *\([0-9]*\) states, stored.*/\1/p' said)" "$(sed -n 's/ *\([0-9]*\) transitions.*/\1/p' said)" "$3" "$4"
}
turn=0
while [ "$turn" -lt "${TURNS:-3}" ]; do
    for shape in ${SHAPES:-2:1 3:1 3:2}; do
        attempts=${shape%:*} crashes=${shape#*:}
        explore "$attempts" "$crashes" none
        explore "$attempts" "$crashes" sleep
        explore "$attempts" "$crashes" symmetry
        if [ -n "$model" ] && command -v spin >/dev/null; then spin_ "$attempts" "$crashes"; fi
    done
    turn=$((turn + 1))
done
