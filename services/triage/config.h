// SPDX-License-Identifier: Apache-2.0
// Triage's options: none beyond those of every service.
#pragma once

#include "common/service.h"

struct triage_config {
    struct service_config service; // first
};
