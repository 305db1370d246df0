// SPDX-License-Identifier: Apache-2.0
// A backlog: what intake would have published, without intake.
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
#define WINDOW 20000 // messages whose reports are awaited together

struct filler {
    struct bus_producer *producer;
    const char *topic;
    char narrative[NARRATIVE_CHARACTERS * 3 + 1];
    unsigned char bytes[CIPHER_BYTES];
    int64_t run_ms;
};

static enum rc publish_one(struct filler *filler, int64_t number, struct bus_wait *wait,
                           struct error *error) {
    Redress__V1__ProposalMeta meta;
    Redress__V1__SubmitCase submit = REDRESS__V1__SUBMIT_CASE__INIT;
    Redress__V1__SealedContent sealed = REDRESS__V1__SEALED_CONTENT__INIT;
    char name[64];
    char case_id[IDENT_UUID_SIZE];
    char code[IDENT_TRACKING_SIZE];
    uint8_t packed[4096];
    snprintf(name, sizeof name, "%lld-%lld", (long long)filler->run_ms, (long long)number);
    ident_uuid_from((const char *const[]){"fill", name, NULL}, case_id);
    ident_tracking_code(filler->bytes, case_id, code);
    proposal_meta(&meta, case_id, "bureau", case_id, "intake");
    sealed.sealed_key = (ProtobufCBinaryData){SEAL_SEALED_KEY_SIZE, filler->bytes};
    sealed.nonce = (ProtobufCBinaryData){SEAL_NONCE_SIZE, filler->bytes};
    sealed.ciphertext = (ProtobufCBinaryData){CIPHER_BYTES, filler->bytes};
    submit.meta = &meta;
    submit.source = "web";
    submit.content_sha256 = (ProtobufCBinaryData){32, filler->bytes};
    submit.tracking_code = code;
    submit.channel = REDRESS__V1__CHANNEL__CHANNEL_WEB;
    submit.narrative = filler->narrative;
    submit.received_at_ms = filler->run_ms;
    submit.anonymous = true;
    submit.language = "zh-CN";
    submit.sealed = &sealed;
    struct envelope envelope = {.type = "redress.v1.SubmitCase", .source = "redress/intake"};
    envelope.time_ms = filler->run_ms;
    memcpy(envelope.id, case_id, sizeof case_id);
    memcpy(envelope.subject, case_id, sizeof case_id);
    const struct bus_message message = {.topic = filler->topic,
                                        .key = case_id,
                                        .key_size = 36,
                                        .value = packed,
                                        .value_size =
                                            redress__v1__submit_case__pack(&submit, packed),
                                        .envelope = &envelope};
    return bus_wait_publish(wait, filler->producer, &message, error);
}

enum rc floor_fill(const struct floor_options *options, const char *topic, int64_t count,
                   struct error *error) {
    const struct bus_settings bus = {options->brokers, "redress-floor", NULL, 5, false};
    struct filler filler = {.topic = topic, .run_ms = clock_wall_ms()};
    for (size_t i = 0; i < NARRATIVE_CHARACTERS; i++) {
        memcpy(filler.narrative + 3 * i, i % 10 == 9 ? "，" : i % 3 == 0 ? "等" : "候", 3);
    }
    enum rc rc = bus_producer_new(&filler.producer, &bus, error);
    for (int64_t number = 0; number < count && rc == RC_OK;) {
        struct bus_wait wait;
        bus_wait_init(&wait);
        for (int64_t i = 0; i < WINDOW && number < count && rc == RC_OK; i++) {
            rc = publish_one(&filler, number++, &wait, error);
        }
        enum rc end = bus_wait_end(&wait, rc == RC_OK ? error : NULL);
        rc = rc == RC_OK ? end : rc;
    }
    bus_producer_free(filler.producer);
    return rc;
}
