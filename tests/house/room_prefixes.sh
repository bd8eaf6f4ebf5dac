#!/bin/sh
# One prefix a room, so that a leak can be seen: no room uses a name of a room that it may not know.
# What is a room's name is read from its public headers. The table is ARCHITECTURE.md's.
# usage: room_prefixes.sh SOURCE_DIR SCRATCH_DIR
set -eu
cd "$1"
scratch=$2
mkdir -p "$scratch"
failed=0

header_directories() {
    case $1 in
    gang) echo core/include ;;
    plan) echo core/plan/include ;;
    trace) echo core/trace/include ;;
    sim) echo sim/include ;;
    scn) echo scenarios/include ;;
    conf) echo conformance/oracles/include ;;
    rep) echo reports/include ;;
    exec) echo conformance/targets/exec/include ;;
    esac
}

# forbid "DIRECTORIES" "ROOMS" [EXCEPT]: no name of these rooms may stand in C files of these directories.
# EXCEPT: a field of our own that has the same name as a function of theirs.
forbid() {
    : >"$scratch/names"
    for room in $2; do
        grep -rhoE "(^|[^A-Za-z0-9_])${room}_[a-z][a-z0-9_]*" "$(header_directories "$room")" |
            sed 's/^[^A-Za-z0-9_]//' >>"$scratch/names"
    done
    sort -u "$scratch/names" | grep -vxE "${3:-}" >"$scratch/forbidden"
    [ -s "$scratch/forbidden" ] || { echo "no names found for $2"; exit 1; }
    # shellcheck disable=SC2086 # the directories are separate words
    found=$(find $1 -name '*.[ch]' -exec grep -nwFf "$scratch/forbidden" /dev/null {} + || true)
    if [ -n "$found" ]; then
        echo "names of a room that may not be used in $1:"
        echo "$found"
        failed=1
    fi
}

forbid 'core/src core/include' 'plan trace sim scn conf rep'
forbid 'core/plan' 'gang trace sim scn conf rep'
forbid 'core/trace' 'gang plan sim scn conf rep' 'plan_text'
forbid 'sim' 'scn conf rep exec'
# What a scheduler is shown and decides (gang/placement.h) is known to its host, and nothing else of the core.
placement=$(grep -oE 'gang_[a-z][a-z0-9_]*' core/include/gang/placement.h | sort -u | tr '\n' '|')
forbid 'scenarios/src scenarios/include' 'gang sim conf rep' "${placement%|}"
# A driver behind a pipe speaks the core's language, and gets the core's machines as a table: it calls none of them by name.
language=$(grep -ohE 'gang_[a-z][a-z0-9_]*' core/include/gang/*.h | grep -vE '^gang_(driver|executor|task|link)_' | sort -u | tr '\n' '|')
forbid 'conformance/targets/exec' 'gang scn conf rep' "${language%|}"
forbid 'conformance/oracles' 'gang sim scn rep exec'
forbid 'reports' 'gang sim scn conf exec'

# Lua is known to its host alone.
found=$(find core sim conformance reports cli -name '*.[ch]' -exec \
    grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*(<lua|[<"](lauxlib|lualib))' /dev/null {} + || true)
if [ -n "$found" ]; then
    echo "Lua outside of scenarios/:"
    echo "$found"
    failed=1
fi
exit $failed
