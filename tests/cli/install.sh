# What is installed works by itself, and anywhere: the command finds its scenarios, the core can be linked.
. "$SOURCE/tests/cli/lib.sh"
cmake --install "$BUILD" --prefix "$SCRATCH/first" >log 2>&1 || { cat log; die "it does not install"; }
mv first moved
unset MUSTER_SCENARIOS
muster=$SCRATCH/moved/bin/muster
[ -x "$muster" ] || die "no bin/muster"
name=$(cd moved/share/muster/scenarios && find . -name '*.lua' | sort | grep -v workloads | head -n 1 | sed 's|^\./||')
[ -n "$name" ] || die "no scenario was installed"
"$muster" run "$name" --no-plot --out by-name >out 2>err
[ $? -le 3 ] || die "$name is not found by its name: $(cat err)"
"$muster" run "scenarios/$name" --no-plot --out by-path >out 2>err
[ $? -le 3 ] || die "scenarios/$name is not found: $(cat err)"
"$muster" learn >out 2>err || die "the lessons are not found: $(cat err)"
says '^  1  '
"$muster" learn 8 --check moved/share/muster/scenarios/learn/answers/08.lua >out 2>err || die "no lesson can be checked: $(cat err)"
cmp by-name/history.mst by-path/history.mst || die "one scenario, two histories"
[ -z "$(grep -rl "$SOURCE" moved --include='*.pc' --include='*.lua' --include='*.h')" ] || die "a path of the build was installed"
# The manual and the completions are this command's own.
"$muster" help --man | cmp - moved/share/man/man1/muster.1 || die "share/man/man1/muster.1"
"$muster" completion bash | cmp - moved/share/bash-completion/completions/muster || die "the completion of bash"
"$muster" completion zsh | cmp - moved/share/zsh/site-functions/_muster || die "the completion of zsh"
"$muster" completion fish | cmp - moved/share/fish/vendor_completions.d/muster.fish || die "the completion of fish"
"$muster" completion for -- run "$name" | grep -q "^$name" || die "$name is not completed"
# What a first user types is said to him, and works as it is said.
"$muster" | sed -n 's/^  \(muster run [^ ]*\).*/\1/p' >first-command
[ -s first-command ] || die "muster alone does not say how to begin"
(mkdir -p elsewhere && cd elsewhere && PATH=$SCRATCH/moved/bin:$PATH && sh -e ../first-command --no-plot) >out 2>err ||
    die "what muster alone says does not work: $(cat err)"
find moved -type d -empty | grep . && die "empty directories were installed"

[ "${SANITIZED:-}" != ON ] || exit 0
pc=$(dirname "$(find moved -name gang_core.pc)")
cat >consumer.c <<'END'
#include <gang/gang.h>
#include <stdio.h>
int main(void) { return puts(gang_api()->id) < 0; }
END
PKG_CONFIG_PATH=$pc
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # flags are separate words
${CC:-cc} -std=c17 consumer.c $(pkg-config --cflags --libs gang_core) -o consumer || die "the core cannot be linked"
./consumer | grep -q '^muster-core ' || die "the linked core does not say its name"
