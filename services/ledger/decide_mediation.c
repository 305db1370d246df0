// SPDX-License-Identifier: Apache-2.0
// The mediation of a dispute: those who mediate stand outside; the ledger keeps what they told.
#include "decide.h"

#define STAGE(name) REDRESS__V1__MEDIATION_STAGE__MEDIATION_STAGE_##name
#define BIT(name) (1U << STAGE(name))

// After which stages one can come. Whoever is declined, or reaches no agreement, may ask again
// [ours]; the law's limits are those of the pack cn-dispute-mediation.
static const unsigned after[] = {
    [STAGE(REQUESTED)] = BIT(UNSPECIFIED) | BIT(DECLINED) | BIT(AGREED) | BIT(FAILED),
    [STAGE(ACCEPTED)] = BIT(REQUESTED),
    [STAGE(DECLINED)] = BIT(REQUESTED),
    [STAGE(AGREED)] = BIT(ACCEPTED),
    [STAGE(FAILED)] = BIT(REQUESTED) | BIT(ACCEPTED),
};

void decide_mediation(const struct context *context) {
    const struct case_command *command = context->input->of.command;
    uint32_t stage = command->entry.kind;
    if ((after[stage] & 1U << context->state->mediation) == 0) {
        decide_refusal_of(context, "stage", "mediation-stage",
                          "the mediation is not at a stage that this one follows");
        return;
    }
    Redress__V1__MediationRecorded *body =
        &decide_fact(context, FACT_MEDIATION_RECORDED)->body.mediation_recorded;
    body->stage = (Redress__V1__MediationStage)stage;
    body->note = (char *)command->text;
}
