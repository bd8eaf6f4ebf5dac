#include "judge.h"
const char *conf_cycle(const struct conf_judge *j, uint32_t job, char out[static CONF_WHY_BYTES])
{
    return conf_why(j, job, out);
}
