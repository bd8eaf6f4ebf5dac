# What a shell is told of how a line may go on, and the script that tells bash, in a bash.
. "$SOURCE/tests/cli/lib.sh"

# look yes|no LINE CANDIDATE...: of a line that goes so far, each of these is among the candidates, or none is.
# A blank at the end of a line, or nothing at all, stands for a word that is not begun.
look() {
    expected=$1 line=$2
    shift 2
    candidates=$*
    # shellcheck disable=SC2086 # the words of the line
    set -- $line
    case $line in '' | *' ') set -- "$@" '' ;; esac
    exits 0 "$MUSTER" completion for -- "$@"
    [ ! -s err ] || die "completing '$line' says: $(cat err)"
    cut -f1 out >got
    for candidate in $candidates; do
        if grep -qxF -e "$candidate" got; then here=yes; else here=no; fi
        [ $here = "$expected" ] || die "'$line': is '$candidate' offered: $here; offered are: $(head -n 20 got | tr '\n' ' ')"
    done
}
offers() { look yes "$@"; }
refuses() { look no "$@"; }

offers '' run new replay judge report why faults policies rules doctor completion help --help --version
offers 're' replay report
refuses 're' run judge
offers 'run' run
offers 'run --s' --scheduler --scheduler-param --seed --set
refuses 'run --s' --policy --partial
offers 'judge' judge
offers 'judge --p' --partial
offers 'run --policy ' strict spark
offers 'run --policy s' strict spark
offers 'run --policy=sp' --policy=spark
offers 'run --format t' tap
offers 'check --format g' github
offers 'check --profile b' bind-atomic
offers 'check learn/04' learn/04-not-enough-slots.lua
offers 'run --set ' blocked_head= late_success= siblings=
offers 'run --set late_success=' late_success=fence late_success=accept
offers 'run --set late_success=a' late_success=accept
refuses 'run --set late_success=a' late_success=fence
offers 'run --set=reply=' --set=reply=push --set=reply=poll_1s
offers 'run learn/0' learn/01-mapreduce-vs-barrier.lua :files
offers 'run scenarios/learn/0' scenarios/learn/01-mapreduce-vs-barrier.lua
offers 'run --seed 3 bugs/spark/u07' bugs/spark/u07-counted-twice.lua
refuses 'run --seed learn/0' learn/01-mapreduce-vs-barrier.lua
offers 'run learn/04-not-enough-slots.lua --param ' late= barrier=
offers 'run learn/04-not-enough-slots.lua --param late=' late=true late=false
offers 'run --out ' :dirs
offers 'new x.lua --kind p' pipeline
offers 'import ' swf csv
offers 'import swf x' :files
offers 'import csv x.csv --d' --duration
offers 'report -o ' :dirs
offers 'replay ' :files
offers 'diff --policy B:s' B:strict B:spark
offers 'diff --set B:late_success=' B:late_success=fence B:late_success=accept
offers 'diff --policy s' strict spark
offers 'diff learn/04' learn/04-not-enough-slots.lua
refuses 'run --policy B:s' B:strict
offers 'rules BA' BAR-1 BAR-13
offers 'rules B-12' B-121 B-125
offers 'help ' scenario spark exit run learn/01-mapreduce-vs-barrier.lua
offers 'help heal' heal_after
offers 'help spark.' spark.barrier.sync.timeout
offers 'completion ' bash zsh fish
exits 0 "$MUSTER" completion for -- nonsense ''
[ ! -s out ] || die "something goes on after a command that is none"
exits 0 "$MUSTER" completion for -- run --param late
exits 0 "$MUSTER" completion for -- run no-such.lua --param ''

# Every option of every command is offered.
for command in $("$MUSTER" completion for -- '' | cut -f1 | grep -v '^-'); do
    "$MUSTER" completion for -- "$command" -- | cut -f1 | sort >got
    "$MUSTER" "$command" --help | sed -nE '/^options:/,/^example:/s/^ *(-[a-z], )?(--[a-z-]*).*/\2/p' | sort >all
    diff got all || die "$command: options that are not offered, or not there"
done

complains 64 "no shell 'basch' .did you mean 'bash'" "$MUSTER" completion basch
complains 64 "needs bash\|zsh\|fish" "$MUSTER" completion

# ---- in a bash
for shell in bash zsh fish; do exits 0 "$MUSTER" completion $shell; mv out "script.$shell"; done
if command -v bash >/dev/null 2>&1; then
    bash -n script.bash || die "the script is not bash"
    mkdir -p bin here && ln -sf "$MUSTER" bin/muster && mkdir here/sub && : >here/mine.lua && : >'here/with blank.lua'
    cat >drive.bash <<'END2'
# drive.bash LINE: what bash would offer for it, a candidate a line.
. ./script.bash
COMP_LINE=$1 COMP_POINT=${#1}
read -r -a COMP_WORDS <<<"$1"
compopt() { echo "option: $*" >&3; }
cd here && _muster "${2:-muster}" && printf '%s\n' "${COMPREPLY[@]}"
END2
    PATH=$SCRATCH/bin:$PATH
    export PATH
    # bash_offers LINE CANDIDATE...: these, and in this order.
    bash_offers() {
        line=$1
        shift
        printf '%s\n' "$@" >wanted
        bash drive.bash "$line" "${program:-muster}" >got 2>err 3>options || die "bash: '$line': $(cat err)"
        [ ! -s err ] || die "bash: '$line' says: $(cat err)"
        diff wanted got || die "bash: '$line'"
    }
    bash_offers 'muster ru' run rules
    bash_offers 'muster run --s' --seed --set --scheduler --scheduler-param
    bash_offers 'muster run --policy s' strict spark
    # '=' is a word break, so only what stands behind it is replaced.
    bash_offers 'muster run x.lua --set late_success=' fence accept
    bash_offers 'muster run --set=late_success=ac' accept
    bash_offers 'muster run --set late_s' late_success=
    grep -q nospace options || die "a blank would come behind late_success="
    bash_offers 'muster run mi' mine.lua
    grep -q filenames options || die "bash does not know that these are files"
    bash_offers 'muster run wi' 'with blank.lua'
    bash_offers 'muster run mine.lua --out ' sub
    bash_offers 'muster run learn/04' learn/04-not-enough-slots.lua
    bash_offers 'muster help heal_a' heal_after
    bash_offers 'A=1 muster rules BAR-13' BAR-13
    program=$SCRATCH/bin/muster bash_offers "$SCRATCH/bin/muster jud" judge
    # As bash itself would call it.
    bash -c '. ./script.bash && complete -p muster' | grep -q '_muster' || die "bash is not told"
else
    echo "no bash: its script was not looked at"
fi
if command -v zsh >/dev/null 2>&1; then zsh -n script.zsh || die "the script is not zsh"; else echo "no zsh: its script was not looked at"; fi
if command -v fish >/dev/null 2>&1; then fish -n script.fish || die "the script is not fish"; else echo "no fish: its script was not looked at"; fi
