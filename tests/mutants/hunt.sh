#!/bin/sh
# Lets `muster hunt` look for mutants of different causes: each must be found within ten thousand seeds of one small scenario, and
# `muster shrink` make of it a scenario of at most 12 lines and 3 faults, which breaks the rule with the mutant and none without.
# usage: hunt.sh MUSTER [NAME...]
#   MUSTER  the command
#   NAME    these patches alone; else the rows of hunt.tsv, which is written anew if all of them are found
# Exit: 0 all found, and small · 1 one was not · 64 usage · 65 a patch does not apply, or does not compile
set -u
[ $# -ge 1 ] || { echo "usage: hunt.sh MUSTER [NAME...]" >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
muster=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
CC=${CC:-cc}
FLAGS="-std=c17 -O2 -fPIC -fvisibility=hidden -D_XOPEN_SOURCE=700 -DGANG_CORE_SHARED"
shift
all=no
[ $# -gt 0 ] || all=yes
# shellcheck disable=SC2046 # names are separate words
[ $# -gt 0 ] || set -- $(sed -n '2,$s/\t.*//p' "$here/hunt.tsv")
scratch=$(mktemp -d) || exit 65
trap 'rm -rf "$scratch"' EXIT
status=0
printf 'mutant\tcause\trule\tseed\truns\tevents\tlines\tfaults\n' >"$scratch/table"

# small RULE SEED: shrinks what was found; says how many lines and faults are left, or what is wrong with it.
small() {
    found=$(ls "$scratch/out/$1"-*.lua 2>/dev/null | head -n 1)
    min=$scratch/out/min.lua
    "$muster" shrink "$found" --seed "$2" --core "$tree/core.so" --quiet -o "$min" >"$scratch/shrunk" 2>&1 || { printf 'not shrunk\t-'; return 1; }
    lines=$(grep -vcE '^(--|$)' "$min")
    faults=$(grep -cE '^(at|when|anytime)\b' "$min")
    left=$(sed -n 's/^-- Replay: .*--seed \([0-9]*\).*/\1/p' "$min")
    printf '%s\t%s' "$lines" "$faults"
    "$muster" run "$min" --seed "${left:-1}" --core "$tree/core.so" --no-plot --quiet --out "$scratch/out/bad" 2>&1 | grep -q "$1 broken" || return 1
    "$muster" run "$min" --seed "${left:-1}" --no-plot --quiet --out "$scratch/out/good" >/dev/null 2>&1 || return 1
    [ "$lines" -le 12 ] && [ "$faults" -le 3 ]
}
for name in "$@"; do
    tree=$scratch/tree
    rm -rf "$tree" "$scratch/out"
    mkdir -p "$tree/core"
    cp -R "$source/core/src" "$source/core/include" "$tree/core/"
    (cd "$tree" && patch -p1 -s -f --no-backup-if-mismatch) <"$here/$name.patch" || { echo "$name does not apply" >&2; exit 65; }
    # shellcheck disable=SC2086 # flags are separate words
    $CC $FLAGS -I"$tree/core/include" -I"$tree/core/src" -shared -o "$tree/core.so" "$tree"/core/src/*.c || exit 65
    code=0
    "$muster" hunt "$source/tests/bench/hunt.lua" --swarm --faults 5 --seeds 1..10000 --stop-after 1 --jobs 1 --quiet \
        --core "$tree/core.so" --out "$scratch/out" >"$scratch/said" 2>&1 || code=$?
    cause=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$here/$name.patch")
    line=$(sed -n 's/^\([A-Za-z0-9-]*\) in hunt: .*; seed \([0-9]*\) needs \([0-9]*\) events$/\1\t\2\t\3/p;' "$scratch/said" | head -n 1)
    runs=$(sed -n 's/^hunt: \([0-9]*\) of .*/\1/p' "$scratch/said")
    case $code in
    1 | 3) ;;
    *) status=1; line="not found	-	-" ;;
    esac
    left=$(small "$(echo "$line" | cut -f 1)" "$(echo "$line" | cut -f 2)") || { status=1; cat "$scratch/shrunk" >&2; }
    printf '%s\t%s\t%s\t%s\t%s\n' "$name" "${cause:--}" "$(echo "$line" | cut -f 1,2)" "$runs	$(echo "$line" | cut -f 3)" "$left" | tee -a "$scratch/table"
done
[ $all = no ] || [ $status != 0 ] || cp "$scratch/table" "$here/hunt.tsv"
exit $status
