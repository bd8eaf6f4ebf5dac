# Options: what the parser takes, what help shows and what the manual says are the same, for every command.
# The manual is man(7) that nobody complains about, and the build has written the one that the command prints.
. "$SOURCE/tests/cli/lib.sh"
exits 0 "$MUSTER" help --man
mv out muster.1
commands=$("$MUSTER" completion for -- '' | cut -f1 | grep -v '^-')
[ "$(echo "$commands" | wc -l)" -ge 12 ] || die "few commands: $commands"

# section COMMAND: its part of the manual, as plain text.
section() {
    sed 's/\\-/-/g; s/\\fB//g; s/\\fR//g; s/\\&//g' muster.1 | awk -v head=".SS \"muster $1" '
        /^\.S[SH] / { inside = index($0 " ", head " ") == 1 || index($0, head "\"") == 1 } inside'
}
# options_in: the options at the beginning of lines, one a line, with their letter if they have one.
options_in() { sed -nE 's/^ *((-[a-zA-Z0-9], )?--[a-z][a-z-]*).*/\1/p' | tr -d , | tr ' ' '\n' | sort; }

all=''
for command in $commands; do
    section "$command" >section
    [ -s section ] || die "the manual does not know $command"
    options_in <section >in_manual
    exits 0 "$MUSTER" "$command" --help
    sed -n '/^options:/,/^example:/p' out | options_in >in_help
    diff in_manual in_help || die "$command: help and manual name other options"
    all="$all $(grep '^--' in_help)"
    cp in_help "options.$command"
done
all=$(echo "$all" | tr ' ' '\n' | sort -u)

# accepts COMMAND OPTION: the parser knows it (whatever it then says of values and operands).
accepts() {
    case $("$MUSTER" "$1" "$2" 2>&1 >/dev/null </dev/null) in *"no option '$2'"*) return 1 ;; esac
}
letters='a b c d e f g h i j k l m n o p q r s t u v w x y z A B C D E F G H I J K L M N O P Q R S T U V W X Y Z 0 1 2 3 4 5 6 7 8 9'
for command in $commands; do
    known=" $(tr '\n' ' ' <"options.$command")"
    for option in $all; do
        case $known in
        *" $option "*) accepts "$command" "$option" || die "$command: $option is in the manual, and is refused" ;;
        # A name that another command's option begins with may be short for one of its own.
        *) if accepts "$command" "$option" && ! grep -q -- "^$option" "options.$command"; then
            die "$command takes $option, which nobody is told of"
        fi ;;
        esac
    done
    for letter in $letters; do
        here=no told=no
        accepts "$command" "-$letter" && here=yes
        case $known in *" -$letter "*) told=yes ;; esac
        [ $here = $told ] || die "$command: -$letter is taken: $here, and told of: $told"
    done
    # getopt takes what is unique of a name: so an option that is in no list is found by how it begins.
    for letter in a b c d e f g h i j k l m n o p q r s t u v w x y z; do
        case $known in *" --$letter"*) continue ;; esac
        accepts "$command" "--$letter" && die "$command takes an option --$letter..., which nobody is told of"
    done
done
# And the rows that the parser's tables are made from are all there: a name in the source that no help shows is lost.
for name in $(sed -nE 's/^ *\[OPT_[A-Z_]+\] = \{"([a-z-]+)".*/\1/p' "$SOURCE"/cli/src/*.c | sort -u); do
    echo "$all" | grep -qx -- "--$name" || die "--$name is in a table of cli/src, and in no command's help"
done

# Every topic has its section, and every exit status, setting, axis, rule and record kind its row.
sed 's/\\-/-/g; s/\\e/\\/g' muster.1 >plain.1
for name in $("$MUSTER" policies --tabs | cut -f1) $("$MUSTER" rules --tabs | cut -f1) $("$MUSTER" faults --tabs | cut -f1) \
    $("$MUSTER" help settings --tabs | cut -f1) 130 74 MUSTER_SCENARIOS history.mst; do
    grep -qF "\\fB$name\\fR" plain.1 || die "the manual does not say $name"
done
for title in NAME SYNOPSIS DESCRIPTION COMMANDS EXAMPLES 'EXIT STATUS' ENVIRONMENT FILES SPARK 'SEE ALSO'; do
    grep -qx ".SH \"*$title\"*" muster.1 || die "no section $title"
done
LC_ALL=C grep -n '[^ -~]' muster.1 && die "the manual is not plain ASCII"
MUSTER_COMMAND=./qqq "$MUSTER" help --man | grep -q qqq && die "the manual has somebody's path"
built=$(find "$BUILD/cli/pages" -name muster.1 2>/dev/null)
if [ -n "$built" ]; then cmp "$built" muster.1 || die "the build's manual is an old one"; fi

if command -v mandoc >/dev/null 2>&1; then
    # A page that the build writes has no date, and is not asked for one.
    mandoc -T lint -W warning muster.1 | grep -v 'missing date' >complaints
    [ ! -s complaints ] || die "mandoc: $(head -n 5 complaints)"
fi
if command -v groff >/dev/null 2>&1; then
    groff -man -ww -Tascii muster.1 >page 2>complaints || die "groff fails"
    [ ! -s complaints ] || die "groff: $(head -n 5 complaints)"
    [ "$(wc -l <page)" -gt 500 ] || die "the page is short"
fi
if command -v man >/dev/null 2>&1; then
    if MANPAGER=cat MANWIDTH=80 man --warnings -l ./muster.1 >page 2>complaints; then
        [ ! -s complaints ] || die "man: $(head -n 5 complaints)"
        grep -q 'muster - a wind tunnel for gang schedulers' page || die "man shows something else"
    fi
fi
command -v mandoc >/dev/null 2>&1 || command -v groff >/dev/null 2>&1 || echo "neither mandoc nor groff: how the page looks was not looked at"
