// SPDX-License-Identifier: Apache-2.0
// Intake's HTTP (openapi.yaml); the context is struct routes.
#pragma once

#include "backlog.h"
#include "pipeline.h"

#include "common/http.h"

struct routes {
    struct submit *submit;
    struct pipeline *pipeline;
    struct backlog *backlog;
};

extern const struct http_route intake_routes[];
extern const size_t intake_route_count;

// Answers the request (the client) of a submission; the pipeline's callback.
void routes_conclude(void *client, const struct submit *submit,
                     const struct pipeline_outcome *outcome);
