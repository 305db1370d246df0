// SPDX-License-Identifier: Apache-2.0
// A backlog: what intake and the SLA timer would have published, without them.
#include "floor.h"

#include "common/clock.h"
#include "common/ident.h"
#include "common/proposal.h"
#include "common/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NARRATIVE_CHARACTERS 100 // of three bytes each
#define CIPHER_BYTES 600
#define WINDOW 10000 // messages whose reports are awaited together

struct filler {
    struct bus_producer *producer;
    const char *topic;
    char narrative[NARRATIVE_CHARACTERS * 3 + 1];
    unsigned char bytes[CIPHER_BYTES];
    int64_t run_ms;
};

struct filler_case {
    char case_id[IDENT_UUID_SIZE];
    char code[IDENT_TRACKING_SIZE];
};

static void name_case(const struct filler *filler, int64_t number, struct filler_case *it) {
    char name[64];
    snprintf(name, sizeof name, "%lld-%lld", (long long)filler->run_ms, (long long)number);
    ident_uuid_from((const char *const[]){"fill", name, NULL}, it->case_id);
    ident_tracking_code(filler->bytes, it->case_id, it->code);
}

static enum rc publish(struct filler *filler, const char *case_id, const char *type,
                       const char *source, const ProtobufCMessage *proposal, struct bus_wait *wait,
                       struct error *error) {
    uint8_t packed[4096];
    struct envelope envelope = {.time_ms = filler->run_ms};
    snprintf(envelope.type, sizeof envelope.type, "redress.v1.%s", type);
    snprintf(envelope.source, sizeof envelope.source, "redress/%s", source);
    memcpy(envelope.id, case_id, IDENT_UUID_SIZE);
    memcpy(envelope.subject, case_id, IDENT_UUID_SIZE);
    const struct bus_message message = {.topic = filler->topic,
                                        .key = case_id,
                                        .key_size = 36,
                                        .value = packed,
                                        .value_size = protobuf_c_message_pack(proposal, packed),
                                        .envelope = &envelope};
    return bus_wait_publish(wait, filler->producer, &message, error);
}

static enum rc publish_case(struct filler *filler, struct filler_case *it, struct bus_wait *wait,
                            struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__SubmitCase submit = REDRESS__V1__SUBMIT_CASE__INIT;
    Redress__V1__SealedContent sealed = REDRESS__V1__SEALED_CONTENT__INIT;
    proposal_meta(&meta, it->case_id, "bureau", it->case_id, "intake");
    sealed.sealed_key = (ProtobufCBinaryData){SEAL_SEALED_KEY_SIZE, filler->bytes};
    sealed.nonce = (ProtobufCBinaryData){SEAL_NONCE_SIZE, filler->bytes};
    sealed.ciphertext = (ProtobufCBinaryData){CIPHER_BYTES, filler->bytes};
    submit.meta = &meta;
    submit.source = "web";
    submit.content_sha256 = (ProtobufCBinaryData){32, filler->bytes};
    submit.tracking_code = it->code;
    submit.channel = REDRESS__V1__CHANNEL__CHANNEL_WEB;
    submit.narrative = filler->narrative;
    submit.received_at_ms = filler->run_ms;
    submit.anonymous = true;
    submit.language = "zh-CN";
    submit.sealed = &sealed;
    return publish(filler, it->case_id, "SubmitCase", "intake", &submit.base, wait, error);
}

// A crisis raises an alarm at once, which waits for somebody.
static enum rc publish_crisis(struct filler *filler, const struct filler_case *it,
                              struct bus_wait *wait, struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__AssessCase assess = REDRESS__V1__ASSESS_CASE__INIT;
    char proposal_id[IDENT_UUID_SIZE];
    ident_uuid_from((const char *const[]){"fill-assess", it->case_id, NULL}, proposal_id);
    proposal_meta(&meta, it->case_id, "bureau", proposal_id, "triage");
    assess.meta = &meta;
    assess.category = "medical.waiting";
    assess.urgency = REDRESS__V1__URGENCY__URGENCY_P1;
    assess.crisis = REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R4;
    assess.lexicon_version = "bench@1";
    return publish(filler, it->case_id, "AssessCase", "triage", &assess.base, wait, error);
}

static enum rc publish_clock(struct filler *filler, const struct filler_case *it, const char *name,
                             int64_t warn_at_ms, int64_t due_at_ms, struct bus_wait *wait,
                             struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__ArmClock arm = REDRESS__V1__ARM_CLOCK__INIT;
    Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    char proposal_id[IDENT_UUID_SIZE];
    ident_uuid_from((const char *const[]){"fill-arm", it->case_id, NULL}, proposal_id);
    proposal_meta(&meta, it->case_id, "bureau", proposal_id, "sla-timer");
    terms.name = (char *)name;
    terms.started_at_ms = filler->run_ms;
    terms.warn_at_ms = warn_at_ms;
    terms.due_at_ms = due_at_ms;
    terms.policy_version = "bench@1";
    terms.calendar_version = "bench@1";
    arm.meta = &meta;
    arm.terms = &terms;
    return publish(filler, it->case_id, "ArmClock", "sla-timer", &arm.base, wait, error);
}

// A case's proposals come in this order, as all have its key: the alarm's ladder has its step
// before sla-timer hears of the alarm.
static enum rc publish_clock_of(struct filler *filler, const struct floor_fill *fill,
                                int64_t number, const struct filler_case *it, struct bus_wait *wait,
                                struct error *error) {
    int64_t due_ms = fill->first_due_ms + number * fill->due_spacing_us / 1000;
    if (fill->crisis_every == 0 || number % fill->crisis_every != 0) {
        int64_t warn_ms = fill->warn_before_ms == 0 ? 0 : due_ms - fill->warn_before_ms;
        // A clock that no policy begins, so that none is set anew.
        return publish_clock(filler, it, "bench", warn_ms, due_ms, wait, error);
    }
    enum rc rc = publish_crisis(filler, it, wait, error);
    return rc == RC_OK ? publish_clock(filler, it, "escalation-1", 0, due_ms, wait, error) : rc;
}

static enum rc publish_one(struct filler *filler, const struct floor_fill *fill, int64_t number,
                           struct bus_wait *wait, struct error *error) {
    struct filler_case it;
    name_case(filler, number, &it);
    enum rc rc = publish_case(filler, &it, wait, error);
    if (rc == RC_OK && fill->first_due_ms != 0) {
        rc = publish_clock_of(filler, fill, number, &it, wait, error);
    }
    return rc;
}

enum rc floor_fill(const struct floor_options *options, const struct floor_fill *fill,
                   struct error *error) {
    const struct bus_settings bus = {options->brokers, "redress-floor", NULL, 5,
                                     true}; // however long it takes
    struct filler filler = {.topic = fill->topic, .run_ms = clock_wall_ms()};
    for (size_t i = 0; i < NARRATIVE_CHARACTERS; i++) {
        memcpy(filler.narrative + 3 * i, i % 10 == 9 ? "，" : i % 3 == 0 ? "等" : "候", 3);
    }
    enum rc rc = bus_producer_new(&filler.producer, &bus, error);
    for (int64_t number = 0; number < fill->count && rc == RC_OK;) {
        struct bus_wait wait;
        bus_wait_init(&wait);
        for (int64_t i = 0; i < WINDOW && number < fill->count && rc == RC_OK; i++) {
            rc = publish_one(&filler, fill, number++, &wait, error);
        }
        enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
        rc = rc == RC_OK ? end : rc;
    }
    bus_producer_free(filler.producer);
    return rc;
}
