// SPDX-License-Identifier: Apache-2.0
#include "common/proposal_topic.h"

#include "common/bus.h"
#include "common/danger.h"
#include "common/escalation.h"

#include "redress/v1/proposals.pb-c.h"

static bool is_urgent_assessment(const ProtobufCMessage *message) {
    const Redress__V1__AssessCase *assess = (const Redress__V1__AssessCase *)message;
    return danger_of((uint32_t)assess->urgency, (uint32_t)assess->crisis) > 0;
}

static bool is_urgent_clock(const ProtobufCMessage *message) {
    return ((const Redress__V1__ArmClock *)message)->urgent != 0;
}

static bool is_step_due(const ProtobufCMessage *message) {
    return escalation_is(((const Redress__V1__BreachClock *)message)->name);
}

const char *proposal_topic(const ProtobufCMessage *message) {
    static const struct {
        const ProtobufCMessageDescriptor *descriptor;
        bool (*is_urgent)(const ProtobufCMessage *message);
    } kinds[] = {{&redress__v1__assess_case__descriptor, is_urgent_assessment},
                 {&redress__v1__arm_clock__descriptor, is_urgent_clock},
                 {&redress__v1__breach_clock__descriptor, is_step_due}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].descriptor == message->descriptor && kinds[i].is_urgent(message)) {
            return BUS_TOPIC_URGENT;
        }
    }
    return BUS_TOPIC_PROPOSALS;
}
