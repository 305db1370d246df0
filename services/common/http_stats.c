// SPDX-License-Identifier: Apache-2.0
// The metric table of all HTTP servers of this process.
#include "http_private.h"

struct metric http_stats[HTTP_STAT_COUNT] = {
    [HTTP_STAT_CONNECTIONS] =
        {"redress_http_connections", "Open connections.", NULL, METRIC_GAUGE, 0, {0}},
    [HTTP_STAT_CUT] = {"redress_http_connections_cut_total",
                       "Connections cut because their client was slow, or idle in a crowd.",
                       NULL,
                       METRIC_COUNTER,
                       0,
                       {0}},
    [HTTP_STAT_SHED] = {"redress_http_requests_shed_total",
                        "Requests answered with 503 because too many waited for a thread.",
                        NULL,
                        METRIC_COUNTER,
                        0,
                        {0}},
};
