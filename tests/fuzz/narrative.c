// SPDX-License-Identifier: Apache-2.0
// What somebody wrote, through redaction and triage. The first lines are their name and telephone
// number, the rest is the narrative; all must be clean text, as the doors before ask.
#include "intake.h"
#include "regions.h"

#include "common/redaction.h"
#include "triage.h"

#include "common/json.h"

#include <string.h>

static struct triage triage;

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    struct error error;
    (void)count;
    (void)arguments;
    (void)intake_submit();
    FUZZ_CHECK(triage_init(&triage, regions_example(), &error) == RC_OK);
    return 0;
}

static char *check_redaction(const char *narrative, const char *name, const char *phone) {
    const struct redaction_known known[] = {
        {name, REDACTION_NAME}, {phone, REDACTION_CONTACT}, {NULL, NULL}};
    char *redacted = redaction_apply(narrative, known);
    FUZZ_CHECK(redacted != NULL && text_is_clean(redacted, strlen(redacted)));
    // ASCII is not folded, and no mark has any.
    bool is_ascii = true;
    for (const char *at = name; *at != '\0'; at++) {
        is_ascii = is_ascii && (unsigned char)*at < 0x80;
    }
    FUZZ_CHECK(!is_ascii || strlen(name) < 4 || strstr(redacted, name) == NULL);
    return redacted;
}

static void check_triage(const char *text) {
    struct assessment assessment;
    struct error error;
    size_t size = strlen(text);
    FUZZ_CHECK(triage_assess(&triage, text, "first-hospital", "", &assessment, &error) == RC_OK);
    FUZZ_CHECK(assessment.urgency >= 1 && assessment.urgency <= 4);
    FUZZ_CHECK(assessment.crisis >= 1 && assessment.crisis <= 5);
    FUZZ_CHECK(assessment.confidence_permille <= 1000);
    FUZZ_CHECK(region_category(triage.region, assessment.category) != NULL);
    for (size_t i = 0; i < assessment.reason_count; i++) {
        const struct triage_reason *reason = &assessment.reasons[i];
        FUZZ_CHECK(reason->offset + reason->length <= size);
        FUZZ_CHECK(text_is_clean(text + reason->offset, reason->length));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    if (size > TRIAGE_TEXT_LIMIT || !text_is_clean((const char *)data, size)) {
        return 0;
    }
    char *name = fuzz_line(&input);
    char *phone = fuzz_line(&input);
    char *narrative = fuzz_rest(&input, &size);
    char *redacted = check_redaction(narrative, name, phone);
    check_triage(redacted);
    check_triage(narrative);
    free(redacted);
    free(narrative);
    free(phone);
    free(name);
    return 0;
}
