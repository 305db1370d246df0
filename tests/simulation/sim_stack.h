// SPDX-License-Identifier: Apache-2.0
// Tells AddressSanitizer which stack runs; nothing without it.
#pragma once

#include <stddef.h>

struct sim_stack {
    const void *bottom;
    size_t size;
    void *kept; // of the sanitizer, while another stack runs
};

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>

// Right before the jump from one stack to another.
static inline void sim_stack_leave(struct sim_stack *from, const struct sim_stack *to) {
    __sanitizer_start_switch_fiber(&from->kept, to->bottom, to->size);
}

// Right after it, on the other one; from tells where that one came from, NULL: nobody asks.
static inline void sim_stack_arrive(struct sim_stack *to, struct sim_stack *from) {
    __sanitizer_finish_switch_fiber(to->kept, from == NULL ? NULL : &from->bottom,
                                    from == NULL ? NULL : &from->size);
}
#else
static inline void sim_stack_leave(struct sim_stack *from, const struct sim_stack *to) {
    (void)from;
    (void)to;
}

static inline void sim_stack_arrive(struct sim_stack *to, struct sim_stack *from) {
    (void)to;
    (void)from;
}
#endif
