/*
 * api.c -- the core as a caller sees it, in one table, so that another build of it can be loaded in
 * its place.
 */
#include "err.h"

#include <assert.h>

static const struct {
    const char *name;
    uint32_t bytes;
} structs[GANG_ABI_STRUCTS] = {
#define X(name, type) [GANG_ABI_##name] = {#type, (uint32_t)sizeof(type)},
    GANG_ABI_STRUCT_MAP(X)
#undef X
};

const struct gang_api *gang_api(void)
{
    static const struct gang_api api = {
        .abi = GANG_ABI_VERSION,
        .struct_bytes = sizeof(struct gang_api),
        .id = GANG_CORE_ID,
#define X(name, type) .bytes[GANG_ABI_##name] = (uint32_t)sizeof(type),
        GANG_ABI_STRUCT_MAP(X)
#undef X
        .axes = GANG_AXIS_COUNT,
        .mark_hit = gang_mark_hit,
        .marks_clear = gang_marks_clear,
        .mark_text = gang_mark_text,
        .driver_size = gang_driver_size,
        .driver_effects_max = gang_driver_effects_max,
        .driver_init = gang_driver_init,
        .driver_step = gang_driver_step,
        .driver_deadline = gang_driver_deadline,
        .driver_deadline_of = gang_driver_deadline_of,
        .driver_armed_by = gang_driver_armed_by,
        .driver_audit = gang_driver_audit,
        .driver_fingerprint = gang_driver_fingerprint,
        .driver_jobs_alive = gang_driver_jobs_alive,
        .executor_size = gang_executor_size,
        .executor_effects_max = gang_executor_effects_max,
        .executor_init = gang_executor_init,
        .executor_step = gang_executor_step,
        .executor_deadline = gang_executor_deadline,
        .executor_beat = gang_executor_beat,
        .executor_armed_by = gang_executor_armed_by,
        .executor_audit = gang_executor_audit,
        .executor_fingerprint = gang_executor_fingerprint,
        .task_init = gang_task_init,
        .task_step = gang_task_step,
        .link_size = gang_link_size,
        .link_init = gang_link_init,
        .link_open = gang_link_open,
        .link_send = gang_link_send,
        .link_receive = gang_link_receive,
        .link_next = gang_link_next,
        .link_owes = gang_link_owes,
        .link_deadline = gang_link_deadline,
        .link_resend = gang_link_resend,
        .link_unacked = gang_link_unacked,
        .link_audit = gang_link_audit,
        .link_fingerprint = gang_link_fingerprint,
        .driver_view = gang_driver_view,
        .driver_expect = gang_driver_expect,
        .executor_expect = gang_executor_expect,
    };
    return &api;
}

enum gang_status gang_api_check(const struct gang_api *api, struct gang_err *err)
{
    assert(api != NULL);
    if (api->abi != GANG_ABI_VERSION)
        return gang_fail(err, GANG_E_STATE, "its interface has version %u, must be %u", api->abi,
                         GANG_ABI_VERSION);
    if (api->struct_bytes != sizeof(struct gang_api))
        return gang_fail(err, GANG_E_STATE, "its table has %u bytes, must be %zu", api->struct_bytes,
                         sizeof(struct gang_api));
    for (int i = 0; i < GANG_ABI_STRUCTS; i++)
        if (api->bytes[i] != structs[i].bytes)
            return gang_fail(err, GANG_E_STATE, "its %s has %u bytes, must be %u", structs[i].name,
                             api->bytes[i], structs[i].bytes);
    if (api->axes != GANG_AXIS_COUNT)
        return gang_fail(err, GANG_E_STATE, "its policies have %u axes, must be %d", api->axes,
                         GANG_AXIS_COUNT);
    return GANG_OK;
}
