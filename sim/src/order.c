/*
 * order.c -- draws, and who fell behind. See order.h.
 */
#include "order.h"

#include "dice.h"

#include <assert.h>

enum {
    SOURCE_CLASS_BITS = 5,
    FIRST_POWER = 2, /* of the events at which priorities change: 4 .. 2^18 */
    POWERS = 16,
    LOW_24 = (1 << 24) - 1
};

static uint64_t change_event(uint64_t seed, uint32_t i)
{
    const struct sim_dice_key key = {.purpose = SIM_DICE_ORDER_CHANGE, .rank = i};
    uint64_t bits = sim_dice(seed, &key);
    uint64_t from = UINT64_C(1) << (FIRST_POWER + (bits & 0xffffffff) % POWERS);
    return from + (bits >> 32) % from;
}

void sim_order_init(struct sim_order *order, const struct plan *plan, uint64_t seed)
{
    *order = (struct sim_order){.mode = (uint32_t)plan->setting[PLAN_SET_ORDER]};
    if (order->mode != SIM_ORDER_PRIORITIES)
        return;
    order->changes = (uint32_t)plan->setting[PLAN_SET_ORDER_CHANGES];
    assert(order->changes <= SIM_ORDER_CHANGES_MAX);
    for (uint32_t i = 0; i < order->changes; i++) { /* sorted as they come */
        uint64_t at = change_event(seed, i);
        uint32_t place = i;
        for (; place > 0 && order->change_at[place - 1] > at; place--)
            order->change_at[place] = order->change_at[place - 1];
        order->change_at[place] = at;
    }
}

uint64_t sim_order_rank(const struct sim_order *order, uint64_t seed, uint32_t source, int64_t now_ns)
{
    bool random = order->mode == SIM_ORDER_RANDOM;
    for (uint32_t i = order->changed; i > 0; i--)
        if (order->fallen[i - 1] == source)
            return UINT64_MAX - SIM_ORDER_CHANGES_MAX + i;
    const struct sim_dice_key key = {.purpose = SIM_DICE_ORDER,
                                     .stage = source & ((1u << SOURCE_CLASS_BITS) - 1),
                                     .rank = source >> SOURCE_CLASS_BITS & LOW_24,
                                     .attempt = random ? (uint32_t)now_ns : 0,
                                     .op = random ? (uint32_t)(now_ns >> 32) : 0};
    return sim_dice(seed, &key) >> 1;
}

bool sim_order_falls(struct sim_order *order, uint32_t source, uint64_t event)
{
    if (order->changed == order->changes || event < order->change_at[order->changed])
        return false;
    order->fallen[order->changed++] = source;
    return true;
}

int64_t sim_order_late_ns(uint64_t seed, const struct gang_msg *msg, bool to_driver, int64_t slack_ns)
{
    const struct sim_dice_key key = {.purpose = SIM_DICE_ORDER_SLACK,
                                     .job = msg->executor & LOW_24,
                                     .stage = ((uint32_t)msg->kind << 1 & 62) | (to_driver ? 1 : 0),
                                     .attempt = ((uint32_t)msg->job << 16) ^ ((uint32_t)msg->stage << 10) ^ msg->attempt,
                                     .rank = msg->rank & LOW_24,
                                     .op = msg->epoch ^ (msg->group << 16)};
    return (int64_t)sim_mul_high(sim_dice(seed, &key), (uint64_t)slack_ns + 1);
}
