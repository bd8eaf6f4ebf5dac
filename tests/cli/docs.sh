# The pictures of docs/ are those that muster draws now: their programs are compared, for pixels differ with fonts.
. "$SOURCE/tests/cli/lib.sh"
exits 0 sh "$SOURCE/docs/redraw.sh" --check "$MUSTER"
for picture in "$SOURCE"/docs/*.gp; do
    [ -s "${picture%.gp}.png" ] || die "$picture has no picture"
done
