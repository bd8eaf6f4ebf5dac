# A whole scheduler that orders what it is told to, for tests: at the first instant with the event that the first argument names ("again":
# at each), the commands of the second, a list in JSON.
event=$1 commands=$2
while IFS= read -r line; do
    id=${line#*\"id\":}
    id=${id%%[,\}]*}
    case $line in
    '{"type":"hello"'*) echo "{\"type\":\"hello\",\"id\":$id,\"protocol\":1,\"name\":\"told\",\"roles\":[\"scheduler\"]}" ;;
    '{"type":"reset"'*) echo "{\"type\":\"ready\",\"id\":$id}" ;;
    *\"event\":\"$event\"*)
        echo "{\"type\":\"commands\",\"id\":$id,\"commands\":$commands}"
        event=none ;;
    *)
        now='[]'
        [ "$event" != again ] || now=$commands
        echo "{\"type\":\"commands\",\"id\":$id,\"commands\":$now}" ;;
    esac
done
