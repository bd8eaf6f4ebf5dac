/*
 * lease.h -- whether an executor has a lease on its driver, and how long it is.
 *
 * The axis is read here and nowhere else, for both ends must be of one opinion: an executor that ends its tasks by itself is
 * what allows the driver to count it lost, by its silence alone, and to start them elsewhere.
 */
#ifndef GANG_LEASE_H
#define GANG_LEASE_H

#include "gang/gang.h"

/* 0: there is none, and an executor keeps its tasks whatever it hears, as Spark's do. */
static inline gang_ns gang_driver_lease(const struct gang_config *config)
{
    return config->policy.axis[GANG_AXIS_DRIVER_LEASE] != 0 ? 0 : config->driver_lease_ns;
}

#endif
