# A scheduler in the shell that goes wrong as it is told: child.sh HOW. At the first question of a run it decides nothing but to be
# asked again, at the second what HOW says, and then it gives both jobs up.
how=$1 asked=0 all=0
if [ "$how" = daemon ]; then while :; do sleep 1; done; fi # of those that start one
start_daemon() { setsid sh -c 'sh "$0" daemon & exit' "$0" </dev/null >/dev/null 2>&1; } # in a session of its own, and nobody's child
end() { sleep 300 & wait; }
while IFS= read -r line; do
    id=${line#*\"id\":} id=${id%%[,\}]*}
    now=${line#*\"now\":} now=${now%%[,\}]*}
    case $line in
    '{"type":"hello"'*)
        case $how in
        version) echo '{"type":"hello","id":0,"protocol":7,"name":"x","roles":["placer"]}' ;;
        role) echo '{"type":"hello","id":0,"protocol":1,"name":"x","roles":["scheduler"]}' ;;
        no-hello) end ;;
        *) echo '{"type":"hello","id":0,"protocol":1,"name":"child.sh","roles":["placer"]}' ;;
        esac
        continue
        ;;
    '{"type":"reset"'*)
        asked=0
        echo '{"type":"ready","id":0}'
        continue
        ;;
    esac
    asked=$((asked + 1)) all=$((all + 1))
    if [ $asked -gt 2 ]; then
        echo "{\"type\":\"decisions\",\"id\":$id,\"decisions\":[{\"do\":\"fail\",\"job_id\":0,\"stage_id\":0},{\"do\":\"fail\",\"job_id\":1,\"stage_id\":0}]}"
        continue
    fi
    if [ $asked = 1 ]; then
        echo "{\"type\":\"decisions\",\"id\":$id,\"decisions\":[{\"do\":\"wake_at\",\"at\":$((now + 1000000))}]}"
        continue
    fi
    say() { echo "{\"type\":\"decisions\",\"id\":$id,\"decisions\":[$1]}"; }
    case $how in
    die) echo 'out of ideas' >&2; exit 3 ;;
    kill) kill -9 $$ ;;
    hang) end ;;
    leaves) start_daemon; say '{"do":"fail","job_id":0,"stage_id":0},{"do":"fail","job_id":1,"stage_id":0}' ;;
    leaves-and-dies) start_daemon; exit 3 ;;
    leaves-and-hangs) start_daemon; end ;;
    half) printf '{"type":"decis'; end ;;
    flood) yes | tr -d '\n' ;;
    closed) exec >&-; end ;;
    give-up) echo "{\"type\":\"error\",\"id\":$id,\"message\":\"no more\"}" ;;
    no-json) echo '{"type":"decisions","id":2,"decisions":[}' ;;
    twice) say "{\"do\":\"wake_at\",\"at\":$((now + 1000000))}"; say '' ;;
    old-id) echo '{"type":"decisions","id":1,"decisions":[]}' ;;
    key) say '{"do":"wake_at","at":99000000000,"why":1}' ;;
    comment) say '{"do":"fail","job_id":0,"stage_id":0,"x-why":[1,{}]},{"do":"fail","job_id":1,"stage_id":0}' ;;
    counts) say "{\"do\":\"wake_at\",\"at\":$((now + 1000000 + all))}" ;;
    dices) say "{\"do\":\"wake_at\",\"at\":$((now + 1000000 + $$))}" ;;
    chatty) echo "it was asked $all times" >&2; say '{"do":"fail","job_id":0,"stage_id":0},{"do":"fail","job_id":1,"stage_id":0}' ;;
    *) say "$how" ;;
    esac
done
