# cli/spark.tsv: what the rows name is there. Names can be asked for, rules are listed, scenarios are files.
. "$SOURCE/tests/cli/lib.sh"
table=$SOURCE/cli/spark.tsv
awk -F'\t' 'NF != 6 || $2 == "" || $6 == "" { print FILENAME ":" NR ": must be kind, Spark, names, rules, scenario, text"; wrong = 1 }
    seen[$1 "\t" $2]++ { print FILENAME ":" NR ": " $2 " is there twice"; wrong = 1 } END { exit wrong }' "$table" || die "cli/spark.tsv"
wrong=0
ours='^( {2})?[^ ]+, an? (fault|axis of the policy.*|setting|record kind|reason|timer|column of .*|word of scenarios)(:.*)?$'
for name in $(sed 1d "$table" | cut -f3 | tr ' ' '\n' | sort -u); do
    "$MUSTER" help "$name" >out 2>err
    # The rows of this very table mention it, too, and do not count.
    grep -qE "$ours" out || { echo "cli/spark.tsv: nothing here is called $name"; wrong=1; }
done
for rule in $(sed 1d "$table" | cut -f4 | tr ' ' '\n' | sort -u); do
    case $rule in B-*) ;; *) echo "cli/spark.tsv: $rule is no rule of Spark"; wrong=1 ;; esac
    "$MUSTER" rules "$rule" >out 2>err || { echo "cli/spark.tsv: there is no rule $rule"; wrong=1; }
done
for scenario in $(sed 1d "$table" | cut -f5 | sort -u); do
    [ -f "$SOURCE/scenarios/$scenario" ] || { echo "cli/spark.tsv: there is no scenarios/$scenario"; wrong=1; }
done
[ "$wrong" = 0 ] || exit 1
# All of it comes through, and each kind of row is there.
exits 0 "$MUSTER" help spark
sed 1d "$table" | cut -f2 | while IFS= read -r spark; do
    grep -qF -- "  $spark" out || die "help spark does not show $spark"
done || exit 1
[ "$(sed 1d "$table" | cut -f1 | sort -u | tr '\n' ' ')" = "API config message term " ] || die "a kind is missing"
# Each axis that is Spark's today is named by some row, or the table has fallen behind.
"$MUSTER" policies --tabs | awk -F'\t' '$4 ~ /B-/ { print $1 }' >axes
sed 1d "$table" | cut -f3 | tr ' ' '\n' | sort -u >named
missing=$(grep -vxFf named axes | tr '\n' ' ')
[ -z "$missing" ] || die "axes that no row of cli/spark.tsv names: $missing"
