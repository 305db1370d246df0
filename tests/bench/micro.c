// SPDX-License-Identifier: Apache-2.0
// The pure parts: decisions, triage, redaction, deadlines. Prints one JSON object of calls a second
// of processor time.
#include "case.h"
#include "common/redaction.h"
#include "triage.h"

#include "common/deadline.h"
#include "common/log.h"
#include "common/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUN_US 500000
#define STEPS 5
#define CHARACTERS 300
#define NOW_MS 1770971400000LL // 2026-02-13 16:30 in China, before the Spring Festival

struct micro {
    struct region *region;
    struct triage triage;
    struct case_state states[STEPS]; // before each input
    struct case_input inputs[STEPS];
    char narrative[CHARACTERS * 3 + 1];
    struct policy_case about;
};

// A case's usual way, folded step by step, so that each decision can be made again and again.
static void prepare_case(struct micro *micro) {
    static Redress__V1__ProposalMeta meta = REDRESS__V1__PROPOSAL_META__INIT;
    static Redress__V1__SubmitCase submit = REDRESS__V1__SUBMIT_CASE__INIT;
    static Redress__V1__AssessCase assess = REDRESS__V1__ASSESS_CASE__INIT;
    static Redress__V1__ClockTerms terms = REDRESS__V1__CLOCK_TERMS__INIT;
    static Redress__V1__ArmClock arm = REDRESS__V1__ARM_CLOCK__INIT;
    static Redress__V1__WarnClock warn = REDRESS__V1__WARN_CLOCK__INIT;
    static Redress__V1__RecordDelivery delivery = REDRESS__V1__RECORD_DELIVERY__INIT;
    static unsigned char digest[32];
    meta.case_id = "01234567-89ab-8def-8123-456789abcdef";
    meta.tenant = "bureau";
    submit.meta = assess.meta = arm.meta = warn.meta = delivery.meta = &meta;
    submit.content_sha256 = (ProtobufCBinaryData){sizeof digest, digest};
    submit.tracking_code = "0123456789ABC";
    submit.narrative = micro->narrative;
    submit.received_at_ms = NOW_MS;
    assess.category = "medical.waiting";
    assess.urgency = REDRESS__V1__URGENCY__URGENCY_P3;
    assess.crisis = REDRESS__V1__CRISIS_LEVEL__CRISIS_LEVEL_R0;
    assess.lexicon_version = "bench@1";
    terms.name = "first_response";
    terms.started_at_ms = NOW_MS;
    terms.warn_at_ms = NOW_MS + 1000;
    terms.due_at_ms = NOW_MS + 2000;
    arm.terms = &terms;
    warn.name = terms.name;
    warn.version = 1;
    delivery.delivery_id = meta.case_id;
    delivery.occasion_sequence = 1;
    delivery.channel = "email";
    delivery.recipient = "complainant";
    delivery.template_ = "case-registered";
    delivery.state = REDRESS__V1__DELIVERY_STATE__DELIVERY_STATE_SENT;
    delivery.attempts = 1;
    const struct case_input inputs[STEPS] = {
        {.kind = INPUT_SUBMIT, .of.submit = &submit},
        {.kind = INPUT_ASSESS, .of.assess = &assess},
        {.kind = INPUT_ARM_CLOCK, .of.arm = &arm},
        {.kind = INPUT_WARN_CLOCK, .of.warn = &warn},
        {.kind = INPUT_RECORD_DELIVERY, .of.delivery = &delivery}};
    struct case_state state = {.case_id = "01234567-89ab-8def-8123-456789abcdef"};
    for (size_t i = 0; i < STEPS; i++) {
        static struct case_decision decision;
        micro->inputs[i] = inputs[i];
        micro->inputs[i].cause_id = meta.case_id;
        micro->inputs[i].actor = "bench";
        micro->states[i] = state;
        case_decide(&state, &micro->inputs[i], NOW_MS + 1500, &decision);
        for (size_t f = 0; f < decision.count; f++) {
            case_apply(&state, &decision.facts[f]);
        }
        if (decision.verdict != CASE_DECIDED_FACTS) {
            fprintf(stderr, "step %zu of the benchmark's case was not taken: %s\n", i,
                    decision.verdict == CASE_DECIDED_REFUSAL ? decision.code : "nothing to say");
            exit(1);
        }
    }
}

static void prepare_narrative(struct micro *micro) {
    static const char *const words[] = {"门诊", "排队", "小时", "没有", "解释", "态度", "，冷"};
    micro->narrative[0] = '\0';
    for (size_t i = 0; 2 * i < CHARACTERS; i++) {
        memcpy(micro->narrative + 6 * i, words[i * 5 % (sizeof words / sizeof words[0])], 7);
    }
    memcpy(micro->narrative, "周晓岚，3月5日上午9点，电话 13700001234。", 54);
}

static void run_decide(const struct micro *micro, size_t turn) {
    static struct case_decision decision;
    case_decide(&micro->states[turn % STEPS], &micro->inputs[turn % STEPS], NOW_MS + 1500,
                &decision);
}

static void run_triage(const struct micro *micro, size_t turn) {
    struct assessment assessment;
    struct error error;
    (void)turn;
    if (triage_assess(&micro->triage, micro->narrative, "first-hospital", "", &assessment,
                      &error) != RC_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
}

static void run_redaction(const struct micro *micro, size_t turn) {
    static const struct redaction_known known[] = {
        {"周晓岚", REDACTION_NAME}, {"13700001234", REDACTION_CONTACT}, {NULL, NULL}};
    (void)turn;
    free(redaction_apply(micro->narrative, known));
}

static void run_deadline(const struct micro *micro, size_t turn) {
    static const char *const clocks[] = {"first_response", "resolution"};
    static struct deadline deadline;
    const struct region *region = micro->region;
    struct policy_case about = micro->about;
    about.severity = (unsigned)(turn % 5);
    deadline_compute(region->policies, region->policy_count, &about, clocks[turn % 2],
                     NOW_MS + (int64_t)(turn % 1000) * 3600000, &deadline);
}

// Of this process, so that what else runs on the machine counts less.
static int64_t cpu_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static double measure(const struct micro *micro, void (*run)(const struct micro *, size_t)) {
    int64_t started = cpu_us();
    size_t turns = 0;
    while (cpu_us() - started < RUN_US) {
        for (size_t i = 0; i < 256; i++) {
            run(micro, turns++);
        }
    }
    return (double)turns * 1e6 / (double)(cpu_us() - started);
}

int main(int argc, char **argv) {
    struct micro micro = {.region = NULL};
    struct error error;
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        fputs("usage: redress-bench-micro [REGION-FOLDER], usually deploy/region/example\n",
              stderr);
        return 2;
    }
    log_init("redress-bench-micro", LOG_ERROR);
    enum rc rc = seal_init(&error);
    rc = rc == RC_OK ? redaction_init(&error) : rc;
    rc = rc == RC_OK
             ? region_load(&micro.region, argc == 2 ? argv[1] : "deploy/region/example", &error)
             : rc;
    rc = rc == RC_OK ? triage_init(&micro.triage, micro.region, &error) : rc;
    if (rc != RC_OK) {
        fprintf(stderr, "redress-bench-micro: %s\n", error.text);
        return 1;
    }
    region_case(micro.region, "first-hospital", &micro.about);
    prepare_narrative(&micro);
    prepare_case(&micro);
    printf("{\"case_decide\": %.0f, \"triage\": %.0f, \"redaction\": %.0f, \"deadline\": %.0f}\n",
           measure(&micro, run_decide), measure(&micro, run_triage), measure(&micro, run_redaction),
           measure(&micro, run_deadline));
    triage_close(&micro.triage);
    region_free(micro.region);
    redaction_close();
    return 0;
}
