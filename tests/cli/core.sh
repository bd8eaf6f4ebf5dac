# --core: another build of the core runs in place of the one that is linked in; what cannot be used is refused with its reason.
. "$SOURCE/tests/cli/lib.sh"
small=$here/scenarios/small.lua
chain() { sed -n 's/^seed 1, chain \([0-9a-f]*\),.*/\1/p' out; }
exits 0 "$MUSTER" run "$small" --no-plot
linked=$(chain)
[ -n "$linked" ] || die "no chain is printed"
exits 0 "$MUSTER" run "$small" --no-plot --core "$CORE"
[ "$(chain)" = "$linked" ] || die "the same core, loaded, gives chain $(chain), must be $linked"
says "replay: .*--core .*gang_core.so"
exits 0 "$MUSTER" replay muster-out/latest --core "$CORE"

complains 65 "there is no such file" "$MUSTER" run "$small" --core missing.so
complains 65 "no-core.so" "$MUSTER" run "$small" --core no-core.so
printf 'this is no library\n' >text.so
complains 65 "text.so: .*text.so" "$MUSTER" run "$small" --core text.so
complains 65 "there is no such file" "$MUSTER" replay muster-out/latest --core missing.so

command -v "$CC" >/dev/null 2>&1 || { echo "no compiler: cores of other versions were not tried"; exit 0; }
printf 'int nothing;\n' >empty.c
"$CC" -shared -fPIC -o empty.so empty.c
complains 65 "it has no gang_api()" "$MUSTER" run "$small" --core "$PWD/empty.so"
# other FIELD=VALUE: a core whose table says so
other() {
    cat >other.c <<END
#include "gang/gang.h"
#include <string.h>
const struct gang_api *gang_api(void)
{
    static struct gang_api api = {.abi = GANG_ABI_VERSION, .struct_bytes = sizeof api, .id = "other", .axes = GANG_AXIS_COUNT};
#define X(name, type) api.bytes[GANG_ABI_##name] = sizeof(type);
    GANG_ABI_STRUCT_MAP(X)
#undef X
    api.$1;
    return &api;
}
END
    "$CC" -std=c17 -shared -fPIC -I"$SOURCE/core/include" -o other.so other.c
}
other "abi = 99"
complains 65 "version 99, must be 2" "$MUSTER" run "$small" --core other.so
other "struct_bytes = 8"
complains 65 "table has 8 bytes, must be" "$MUSTER" run "$small" --core other.so
other "bytes[GANG_ABI_MSG] = 12"
complains 65 "struct gang_msg has 12 bytes, must be" "$MUSTER" run "$small" --core other.so
other "axes = 3"
complains 65 "have 3 axes, must be" "$MUSTER" run "$small" --core other.so
