#!/bin/sh
# Judges cores with one defect each: every one must be noticed by an oracle, in a scenario of the library, and so by muster check --core.
# usage: run.sh BUILD [--third [COMMIT] | NAME...]
#   BUILD           a build directory of this tree, with mutants_hunt in it
#   --third COMMIT  a third of the mutants, chosen by a commit's name (the present one), or by the day where there is none
#   NAME...         these alone, with or without .patch
# Without a choice all are judged, and if all are well matrix.tsv is written anew. LEVEL=30 looks at three tenths of the random plans.
# Exit: 0 all noticed · 1 one was not, or the one that is right was · 64 usage · 65 a patch does not apply · 69 something is missing
set -u
usage() {
    echo "usage: run.sh BUILD [--third [COMMIT] | NAME...]" >&2
    exit 64
}
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)

# checked: the exit status of the command that people have, and the first rule that it says is broken. What it stops at first may be a
# crash; then it goes on.
checked() {
    for how in --fail-fast --allow-unknown; do
        "$MUSTER" check --core "$tree/core.so" $how --timeout 20s --jobs 1 --quiet >"$tree/said" 2>&1
        end=$?
        broken=$(sed -n 's/^FAIL.* \([A-Z]*-[0-9]*\) broken.*/\1/p' "$tree/said" | head -n 1)
        [ -z "$broken" ] && [ $end != 0 ] || break
    done
    printf '%s\t%s' $end "${broken:--}"
}

# one PATCH: applies it, compiles what it changes, hunts, and leaves a row. Started by this script itself, so many at a time.
one() {
    name=$(basename "$1" .patch)
    tree=$SCRATCH/$name
    row=$SCRATCH/rows/$name
    began=$(date +%s)
    head=$(head -n 1 "$1")
    mkdir -p "$tree/core"
    cp -R "$SCRATCH/core/src" "$SCRATCH/core/include" "$tree/core/"
    if ! (cd "$tree" && patch -p1 -s -f --no-backup-if-mismatch) <"$1" >"$tree/said" 2>&1; then
        printf '%s\tdoes not apply\t-\t-\t-\t-\t-\t-\n' "$name" >"$row"
    elif [ "$(grep -c '^@@ ' "$1")" != 1 ]; then
        printf '%s\tis not one hunk\t-\t-\t-\t-\t-\t-\n' "$name" >"$row"
    else
        changed=$(sed -n 's|^+++ b/core/src/||p' "$1")
        objects=$(for o in "$SCRATCH"/objects/*.o; do [ "$(basename "$o" .o).c" = "$changed" ] || echo "$o"; done)
        sources=$tree/core/src/$changed
        case $changed in *.h) sources=$(echo "$tree"/core/src/*.c) objects= ;; esac # a header is in all of them
        # shellcheck disable=SC2086 # the flags, the sources and the objects are separate words
        if ! $CC $FLAGS -I"$tree/core/include" -I"$tree/core/src" -shared -o "$tree/core.so" $sources $objects \
            >"$tree/said" 2>&1; then
            cat "$tree/said" >&2
            printf '%s\tdoes not compile\t-\t-\t-\t-\t-\t-\n' "$name" >"$row"
        else
            said=$("$HUNT" "$tree/core.so" "$LEVEL") || said="hunt failed	-	-	-"
            printf '%s\t%s\t%s\t%s\n' "$name" "$said" "$(checked)" "$(($(date +%s) - began))" >"$row"
        fi
    fi
    cause=$(printf '%s' "$head" | sed -n 's/.*(\(.*\)).*/\1/p')
    cut -f 2- "$row" | sed "s|^|$name	${cause:--}	|" >"$row.tsv"
    cat "$row.tsv"
    rm -rf "$tree"
}
if [ "${1-}" = --one ]; then
    one "$2"
    exit 0
fi

[ $# -ge 1 ] || usage
build=$(cd "$1" 2>/dev/null && pwd) || { echo "run.sh: there is no directory $1" >&2; exit 64; }
shift
HUNT=$build/tests/mutants/mutants_hunt
MUSTER=$build/cli/muster MUSTER_SCENARIOS=$source/scenarios
[ -x "$MUSTER" ] || { echo "run.sh: $MUSTER is not there; build it: ninja -C $build muster" >&2; exit 69; }
[ -x "$HUNT" ] || { echo "run.sh: $HUNT is not there; build it: ninja -C $build mutants_hunt" >&2; exit 69; }
command -v patch >/dev/null || { echo "run.sh: patch is not installed" >&2; exit 69; }

# A third of the list: every third row, the first of them from the commit's first digit, or the day.
third() {
    digit=$(printf '%d' "0x$(printf '%s' "$1" | cut -c 1-4 | grep -xE '[0-9a-f]+' || echo 0)")
    [ "$digit" = 0 ] && digit=$(($(date +%s) / 86400))
    sed -n "$((digit % 3 + 1))~3p"
}
whole=
case ${1-} in
--third)
    [ $# -le 2 ] || usage
    commit=${2-$(git -C "$source" rev-parse HEAD 2>/dev/null)}
    list=$(ls "$here"/*.patch | third "$commit")
    list=$(printf '%s\n%s\n%s\n' "$here/000-canary.patch" "$list" "$here/999-equal.patch" | sort -u)
    ;;
-*) usage ;;
"")
    list=$(ls "$here"/*.patch)
    whole=yes
    ;;
*) list=$(for n in "$@"; do ls "$here/$(basename "$n" .patch).patch" || exit 64; done) || exit 64 ;;
esac

SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/mutants.XXXXXX") || exit 69
trap 'rm -rf "$SCRATCH"' EXIT
trap 'exit 130' INT TERM HUP
CC=${CC:-cc}
FLAGS="-std=c17 -O1 -fPIC -UNDEBUG -DGANG_CORE_SHARED -fvisibility=hidden -w"
LEVEL=${LEVEL:-100}
export HUNT MUSTER MUSTER_SCENARIOS SCRATCH CC FLAGS LEVEL
mkdir "$SCRATCH/rows" "$SCRATCH/objects"
cp -R "$source/core" "$SCRATCH/core"
# shellcheck disable=SC2086
(cd "$SCRATCH/objects" && $CC $FLAGS -I../core/include -I../core/src -c ../core/src/*.c) || exit 70

# The longest first, so that none is alone at the end: the one that nobody notices.
printf '%s\n' "$list" | sort -r | xargs -P "$(nproc)" -n 1 sh "$here/run.sh" --one
[ $? = 0 ] || exit 130

table=$SCRATCH/matrix.tsv
printf 'mutant\tcause\tby\trule\tcase\tseed\tcheck\tits rule\tseconds\n' >"$table"
cat "$SCRATCH"/rows/*.tsv >>"$table"

# What each patch says of itself: [equal] must not be noticed; [by assertion] may stop the core instead of breaking a rule.
status=0
say() {
    echo "$1"
    [ $status = 65 ] || status=$2
}
tail -n +2 "$table" >"$SCRATCH/body"
while IFS='	' read -r name cause by rule case seed check told seconds; do
    head=$(head -n 1 "$here/$name.patch")
    case $by in
    oracle) case "$head $case" in
        *"[equal]"*) say "$name is right, and $rule says that it is not: $case, seed $seed" 1 ;;
        *" plan "[0-9]* | *" volley "[0-9]*) say "$name breaks $rule in no scenario of the library, and only in $case, seed $seed: write the scenario" 1 ;;
        esac ;;
    assert | stuck) case $head in
        *"[by assertion]"*) ;;
        *) say "$name breaks no rule, and only stops the core ($by): $case, seed $seed" 1 ;;
        esac ;;
    alive) case $head in
        *"[equal]"*) ;;
        *) say "$name is not noticed" 1 ;;
        esac ;;
    *) say "$name: $by" 65 ;;
    esac
    # The command that people have must say so, too: 1 or 3 of each but the one that is equal.
    case "$head $check $told" in
    *"[equal] 0 -" | *" - -" | *"[by assertion] "[13]*) ;;
    *"[equal]"*) say "$name is right, and muster check --core ends with $check: $told" 1 ;;
    *" "[13]" "[A-Z]*-*) ;;
    *) say "$name: muster check --core ends with $check and names $told: it must be 1 or 3, and a rule" 1 ;;
    esac
done <"$SCRATCH/body"
awk -F '\t' '{n[$3]++; t += $9} END {
    printf "%d mutants: %d broke a rule, %d only stopped the core, %d were not noticed; %d s of one core\n",
        NR, n["oracle"], n["assert"] + n["stuck"], n["alive"], t}' "$SCRATCH/body"
[ -z "$whole" ] || [ $status != 0 ] || cp "$table" "$here/matrix.tsv"
exit $status
