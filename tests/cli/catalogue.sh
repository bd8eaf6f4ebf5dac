# scenarios/README.md has a row for each scenario, once, each table in order; a bug's last column is what its head says of spark.
. "$SOURCE/tests/cli/lib.sh"
LC_ALL=C
export LC_ALL
page=$SOURCE/scenarios/README.md
sed -n 's/^| \[[^]]*\](\([^)]*\.lua\)) |.*/\1/p' "$page" >rows
(cd "$SOURCE/scenarios" && find learn faults workloads bugs -name '*.lua' ! -path '*/answers/*') | sort >files
sort rows | diff - files >differ || die "rows (<) and files (>) are not the same: $(cat differ)"
for folder in learn faults workloads bugs/spark 'bugs/[^/]*[^k]'; do # Spark's bugs have a table, those of others another
    grep "^$folder/" rows >some
    sort -c some 2>err || die "the rows of $folder/ are not in order: $(cat err)"
done
cut -d/ -f1 rows | uniq >folders
[ "$(tr '\n' ' ' <folders)" = 'learn faults workloads bugs ' ] || die "the folders come as $(tr '\n' ' ' <folders)"

# The name in a row is the file's, and a bug shows what its row says: of Spark under spark, of another scheduler under strict.
grep '^| \[' "$page" | while IFS='|' read -r _ link _ shows _; do
    file=$(echo "$link" | sed 's/.*(\(.*\)).*/\1/')
    case $file in
    bugs/*)
        policy=strict
        case $file in bugs/spark/*) policy=spark ;; esac
        echo "$link" | grep -qF "[$(basename "$file" .lua)]" || die "a row names $file otherwise"
        sed -n 's/^-- Verdicts: *//p' "$SOURCE/scenarios/$file" | tr ';' '\n' | sed -n "s/^ *\($policy.*[^ ]\) *\$/\1/p" | grep -v ' pass$' |
            tr '\n' ';' | sed 's/;$//; s/;/<br>/g' >verdicts
        [ "$(echo "$shows" | sed 's/^ *//; s/ *$//')" = "$(cat verdicts)" ] || die "$file: the row says '$shows', its head '$(cat verdicts)'"
        ;;
    *) echo "$link" | grep -qF "[$file]" || die "a row names $file otherwise" ;;
    esac
done || exit 1
rm -f rows files differ some folders verdicts
nothing_left
