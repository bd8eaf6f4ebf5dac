#!/bin/sh
# The core may call nothing but a few functions that neither allocate, nor read a clock, nor do I/O.
# usage: core_symbols.sh NM LIBRARY SANITIZED
set -eu
nm=$1 library=$2 sanitized=$3
case $sanitized in ON | 1 | TRUE) echo "sanitizers add their own calls"; exit 77 ;; esac

allowed='memcpy|memset|memmove|memcmp|strlen|vsnprintf|abort|__assert_fail|__assert_rtn'
# What a compiler puts in by itself: fortified forms of the same, the stack's guard, counting bits, memcmp for equality.
compiler='__memcpy_chk|__memset_chk|__memmove_chk|__vsnprintf_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__popcountdi2|bcmp'

own=$("$nm" --defined-only -g "$library" | awk 'NF == 3 { print $3 }' | sort -u)
used=$("$nm" -u "$library" | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u)
status=0
foreign=$(echo "$used" | grep -vxF "$own" | grep -vxE "$allowed|$compiler" || true)
if [ -n "$foreign" ]; then
    echo "the core uses what it may not (see ARCHITECTURE.md, the rooms):"
    echo "$foreign"
    status=1
fi
# The library is installed: a name without its prefix could meet another of the same name in somebody's program.
bare=$(echo "$own" | grep -v '^gang_' || true)
if [ -n "$bare" ]; then
    echo "names that the core shows to everybody without its prefix gang_:"
    echo "$bare"
    status=1
fi
exit $status
