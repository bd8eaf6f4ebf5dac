# The jobs of a trace in the Standard Workload Format are those that awk reads in it; what is left out is told, once, on stderr.
. "$SOURCE/tests/cli/lib.sh"
trace=$SOURCE/scenarios/workloads/invented-44.swf

# jobs_of FILE: name, processors, submission and run time of what is to be run, from the file alone.
jobs_of() {
    tr -d '\r' <"$1" | awk '!/^[ \t]*;/ && NF {
        if ($11 >= 2 && $11 <= 4 || $11 == 5 && $4 <= 0 || $2 < 0 || $4 < 0) next
        size = $5 > 0 ? $5 : $8
        if (size > 0) printf "job-%s,%d,%d,%d\n", $1, size, $2, $4
    }' | sort
}
# What a run of them says; nothing takes time on its way in these scenarios.
jobs_run() { awk -F, 'NR > 1 { printf "%s,%d,%d,%d\n", $1, $4, $5, $12 }' run/jobs.csv | sort; }
same_jobs() {
    jobs_of "$1" >wanted
    jobs_run >got
    cmp -s wanted got || die "$1: the jobs differ: $(diff wanted got | head -n 5)"
    [ "$(wc -l <got)" -ge "$2" ] || die "$1: only $(wc -l <got) jobs"
}

exits 0 "$MUSTER" run "$SOURCE/scenarios/workloads/swf.lua" --no-plot --out run
same_jobs "$trace" 40
[ "$(wc -l <err)" = 1 ] || die "not one line on stderr: $(cat err)"
says "^muster: workload 'invented-44.swf': 40 of 46 lines are jobs that are run; left out: 2 parts of .*, 4 cancelled before they began; " err
exits 0 "$MUSTER" help "$SOURCE/scenarios/workloads/swf.lua"
says "40 of 46 lines" err

# A job that waits for the one before it comes a think time after that one's end.
exits 0 "$MUSTER" run "$SOURCE/scenarios/workloads/swf.lua" --param preceding=true --no-plot --out run
says ' 1 submitted a think time after their preceding job has ended$' err
awk -F, '$1 == "job-34" { done = $9 } $1 == "job-42" { came = $5 } END { exit !(done > 0 && came == done + 227) }' run/jobs.csv ||
    die "job-42 does not come 227 s after job-34: $(grep -E '^job-(34|42),' run/jobs.csv)"

# As others may have written it: CRLF, no newline at the end, named on the command line.
awk 'NR > 20 { printf "%s%s\r", sep, $0; sep = "\n" }' "$trace" >other.swf
exits 0 "$MUSTER" run "$SOURCE/scenarios/workloads/swf.lua" --param file=./other.swf --no-plot --out run
same_jobs other.swf 30
# Whatever is in it, a complaint is a line.
printf '1 0 -1 5 2 -1 -1 2 60 -1 1 1 1 \033[31m 1 1 -1 -1\n' >odd.swf
complains 65 "odd.swf:1:32: executable is '.x1B\[31m', must be a number" "$MUSTER" run "$SOURCE/scenarios/workloads/swf.lua" --param file=./odd.swf

# What stands in the trace as it is needs no word about it.
awk '!/^;/ && $11 == 1 && $5 > 0 && $4 > 0 && $17 < 0' "$trace" >plain.swf
exits 0 "$MUSTER" run "$SOURCE/scenarios/workloads/swf.lua" --param file=./plain.swf --no-plot --out run
same_jobs plain.swf 20
[ ! -s err ] || die "something on stderr: $(cat err)"
