# docs/ci.md: what it says to put into a workflow is run here, step by step, with the command that was built.
. "$SOURCE/tests/cli/lib.sh"
command -v git >/dev/null 2>&1 || skip "no git"
[ "$SANITIZED" = ON ] && MUSTER_TIME=3s || MUSTER_TIME=2s
export MUSTER_TIME

# The steps of the workflow: step-N.sh for the N-th `run: |`, named after the `- name:` before it.
awk '
    /^      - / { running = 0 }
    /^      - name: / { name = $0; sub(/^      - name: /, "", name) }
    /^        run: \|/ { running = 1; file = sprintf("step-%d.sh", ++steps); print "# " name > file; next }
    running && /^          / { line = $0; sub(/^          /, "", line); print line > file }
' "$SOURCE/docs/ci/muster.yml"
[ -f step-3.sh ] && [ ! -f step-4.sh ] || die "docs/ci/muster.yml has other steps than those that are run here"
grep -q '^# Build the core$' step-1.sh || die "the first step is no longer the build"
if command -v python3 >/dev/null 2>&1 && python3 -c 'import yaml' 2>/dev/null; then
    python3 -c 'import sys, yaml
steps = yaml.safe_load(open(sys.argv[1]))["jobs"]["check"]["steps"]
assert [("run" in s) or ("uses" in s) for s in steps].count(True) == len(steps)' "$SOURCE/docs/ci/muster.yml" || die "the workflow is not YAML"
fi

# A repository with a commit, as a runner has it.
git init -q . && git -c user.name=ci -c user.email=ci@example.org commit -q --allow-empty -m one || die "no repository"
GITHUB_STEP_SUMMARY=$PWD/summary.md
export GITHUB_STEP_SUMMARY CORE MUSTER
: >"$GITHUB_STEP_SUMMARY"
for step in 2 3; do
    exits 0 sh -eu "step-$step.sh"
    says '^check: [0-9]+ passed'
done
says '^## muster check$' summary.md
[ "$(grep -c '^## muster check$' summary.md)" = 2 ] || die "each step must add its summary"
for report in muster-all.xml muster-seeds.xml muster-seeds.tap; do
    [ -s $report ] || die "there is no $report"
done
grep -q "from git $(git rev-parse HEAD)" muster-seeds.tap || die "the seeds are not said to be of this commit"

# The recipe for others.
rm -f muster-*
exits 0 sh "$SOURCE/docs/ci/check.sh"
for report in muster-all.xml muster-all.tap muster-seeds.xml muster-seeds.tap; do
    [ -s $report ] || die "the recipe leaves no $report"
done

# Each option that the page names is one.
exits 0 "$MUSTER" check --help
cp out help
sed -n 's/^    \.\/muster check//p; s/^| `\(--[a-z-]*\).*/\1/p' "$SOURCE/docs/ci.md" | grep -oE -e '--[a-z-]+' | sort -u | while read -r option; do
    grep -q -- "$option" help || die "docs/ci.md names $option, which there is not"
done || exit 1
