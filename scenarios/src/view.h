/*
 * view.h -- what view.c shows to scheduler.c: the view as a value of Lua, and what a value of it stands for.
 *
 * This room is for: what a scheduler is shown (see view.c).
 */
#ifndef SCN_VIEW_H
#define SCN_VIEW_H

#include <gang/placement.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct plan;

void scn_view_classes(lua_State *L);
void scn_view_push(lua_State *L, const struct plan *plan, const struct gang_placer_view *view);

const struct gang_view_gang *scn_view_gang(lua_State *L, int index); /* of a value that scn_is_gang */
void scn_view_push_ranks(lua_State *L);                              /* of the gang at 1 */
bool scn_view_executor_id(lua_State *L, int index, int64_t *id);     /* false: it is no executor of a view */
bool scn_view_is_list(lua_State *L, int index);

#endif
