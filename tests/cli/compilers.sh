# One chain whatever built it: gcc and clang, with and without optimisation, with and without sanitizers.
. "$SOURCE/tests/cli/lib.sh"
small=$here/scenarios/small.lua
reference=$("$CHAINS" "$small" 1 200 sweep) || die "$CHAINS fails"
built=0
# variant NAME COMPILER OPTIONS...: builds the rooms and the helper, and compares. Kept between runs beside the scratch.
variant() {
    name=$1 compiler=$2
    shift 2
    command -v "$compiler" >/dev/null 2>&1 || { echo "without $compiler, $name is not compared"; return; }
    where=$SCRATCH-builds/$name
    cmake -S "$SOURCE" -B "$where" -G "$GENERATOR" -DCMAKE_C_COMPILER="$compiler" "$@" >log 2>&1 &&
        cmake --build "$where" --target cli_chains --parallel 2 >log 2>&1 || { tail -n 20 log; die "$name does not build"; }
    got=$("$where/tests/cli/cli_chains" "$small" 1 200 sweep) || die "$name fails"
    [ "$got" = "$reference" ] || die "$name has '$got', the main build has '$reference'"
    built=$((built + 1))
}
variant gcc-O0 gcc -DCMAKE_BUILD_TYPE=Debug
variant clang-O2 clang -DCMAKE_BUILD_TYPE=Release
variant clang-O0-unsigned-char clang -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-funsigned-char
variant gcc-asan gcc -DCMAKE_BUILD_TYPE=Release -DMUSTER_SANITIZE=ON
[ "$built" -gt 0 ] || skip "no other compiler"
command -v clang >/dev/null 2>&1 || skip "clang is not installed; $built other builds agree"
