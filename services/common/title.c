// SPDX-License-Identifier: Apache-2.0
#include "title.h"

#include <stdbool.h>
#include <string.h>

static const struct title {
    const char *parameter, *code, *chinese, *english;
} titles[] = {
    {"clock", "first_response", "首次回复", "first response"},
    {"clock", "resolution", "办结", "resolution"},
    {"clock", "acceptance", "受理", "acceptance"},
    {"clock", "sign_for", "签收", "signing for the dispatch"},
    {"clock", "objection", "异议", "objection"},
    {"clock", "call_back", "回访", "call back"},
    {"clock", "expiry_call_back", "到期回访", "call back at expiry"},
    {"clock", "review_request", "请求复查", "request of a review"},
    {"clock", "review", "复查", "review"},
    {"clock", "re_review_request", "请求复核", "request of a final review"},
    {"clock", "re_review", "复核", "final review"},
    {"clock", "progress", "进展告知", "progress message"},
    {"clock", "follow_up", "随访", "follow-up visit"},
    {"clock", "supervision", "督办答复", "answer to supervision"},
    {"clock", "co-handling", "协办答复", "answer of a co-handler"},
    {"clock", "improvement", "改进措施", "improvement"},
    {"clock", "mediation_acceptance", "调解受理", "acceptance of the mediation"},
    {"clock", "mediation", "调解", "mediation"},
    {"clock", "answer", "接听", "answering the call"},
    {"clock", "", "紧急案件，或承办单位无人", "urgent case, or a unit without a handler"},
    {"ground", "NOT_ACCEPTED_GROUND_OUT_OF_SCOPE", "不属于受理范围",
     "it is outside what we may take up"},
    {"ground", "NOT_ACCEPTED_GROUND_OTHER_AUTHORITY", "属于其他机关职责",
     "another authority is competent"},
    {"ground", "NOT_ACCEPTED_GROUND_IN_LEGAL_PROCEEDINGS", "已进入诉讼、仲裁、行政复议或调解程序",
     "it is before a court, an arbitrator or a mediator"},
    {"ground", "NOT_ACCEPTED_GROUND_SAME_MATTER", "同一事项且无新事实",
     "it is the same matter, without new facts"},
    {"ground", "NOT_ACCEPTED_GROUND_ALREADY_FINAL", "已作出终结意见", "it was finally decided"},
    {"ground", "NOT_ACCEPTED_GROUND_NO_FACTS", "没有明确的投诉对象或具体事实",
     "it names nobody concerned or no facts"},
    {"level", "SUPERVISION_LEVEL_ORDINARY", "一般督办", "ordinary"},
    {"level", "SUPERVISION_LEVEL_KEY", "重点督办", "key"},
    {"level", "SUPERVISION_LEVEL_LISTED", "挂牌督办", "listed"},
    {"result", "REVIEW_RESULT_CONFIRMED", "维持原处理意见", "the decision is confirmed"},
    {"result", "REVIEW_RESULT_CHANGED", "变更原处理意见", "the decision is changed"},
    {"result", "REVIEW_RESULT_RETURNED", "撤销原处理意见，责令重新处理",
     "the decision is withdrawn, the case is handled again"},
    {"outcome", "OUTCOME_UPHELD", "支持", "upheld"},
    {"outcome", "OUTCOME_PARTLY_UPHELD", "部分支持", "partly upheld"},
    {"outcome", "OUTCOME_NOT_UPHELD", "不支持", "not upheld"},
    {"outcome", "OUTCOME_EXPLAINED", "解释说明", "explained"},
    // What a review changed the decision to; nothing where it changed none.
    {"changed_to", "", "", ""},
    {"changed_to", "OUTCOME_UNSPECIFIED", "", ""},
    {"changed_to", "OUTCOME_UPHELD", "处理意见变更为：支持。", "The decision is now: upheld. "},
    {"changed_to", "OUTCOME_PARTLY_UPHELD", "处理意见变更为：部分支持。",
     "The decision is now: partly upheld. "},
    {"changed_to", "OUTCOME_NOT_UPHELD", "处理意见变更为：不支持。",
     "The decision is now: not upheld. "},
    {"changed_to", "OUTCOME_EXPLAINED", "处理意见变更为：解释说明。",
     "The decision is now: explained. "},
    {"pause", "appraisal", "鉴定", "an expert appraisal"},
    {"pause", "testing", "检验检测", "testing"},
    {"pause", "hearing", "听证", "a hearing"},
    // Why the rules did not take what a complainant had sent.
    {"refusal", "wrong-state", "案件当时的状态不允许。", "The case's state did not allow it then."},
    {"refusal", "erased", "案件内容已删除。", "What the case held was erased."},
    {"refusal", "too-many-messages", "案件的留言已达上限。",
     "The case has all the messages that it can take."},
    {"refusal", "too-much-evidence", "案件可登记的材料已达上限。",
     "The case has all the evidence that it can list."},
    {"refusal", "already-registered", "该材料已经登记。", "This evidence is registered already."},
    {"refusal", "already-offered", "该材料已经提交过。", "This evidence was offered before."},
    {"refusal", "already-rated", "本次办理已经评价过。", "The answer was rated already."},
    {"refusal", "not-rateable", "案件目前不能评价。", "There is nothing to rate."},
    // Where the earlier case of the same matter is; nothing where there is none.
    {"earlier_progress", "", "", ""},
    {"earlier_progress", "received", "您此前反映的同一事项已登记，正在核查。",
     "Your earlier complaint about the same matter is registered and being checked. "},
    {"earlier_progress", "triaged", "您此前反映的同一事项已登记，正在核查。",
     "Your earlier complaint about the same matter is registered and being checked. "},
    {"earlier_progress", "accepted", "您此前反映的同一事项正在办理。",
     "Your earlier complaint about the same matter is being handled. "},
    {"earlier_progress", "dispatched", "您此前反映的同一事项正在办理。",
     "Your earlier complaint about the same matter is being handled. "},
    {"earlier_progress", "return-requested", "您此前反映的同一事项正在办理。",
     "Your earlier complaint about the same matter is being handled. "},
    {"earlier_progress", "designated", "您此前反映的同一事项正在办理。",
     "Your earlier complaint about the same matter is being handled. "},
    {"earlier_progress", "signed", "您此前反映的同一事项正在办理。",
     "Your earlier complaint about the same matter is being handled. "},
    {"earlier_progress", "resolved-on-spot", "您此前反映的同一事项正在办理。",
     "Your earlier complaint about the same matter is being handled. "},
    {"earlier_progress", "investigating", "您此前反映的同一事项正在调查。",
     "Your earlier complaint about the same matter is being investigated. "},
    {"earlier_progress", "suspended", "您此前反映的同一事项正在调查。",
     "Your earlier complaint about the same matter is being investigated. "},
    {"earlier_progress", "decided", "您此前反映的同一事项已作出处理意见，即将答复。",
     "Your earlier complaint about the same matter is decided; the answer follows. "},
    {"earlier_progress", "replied", "您此前反映的同一事项已答复。",
     "Your earlier complaint about the same matter was answered. "},
    {"earlier_progress", "follow-up", "您此前反映的同一事项已答复。",
     "Your earlier complaint about the same matter was answered. "},
    {"earlier_progress", "rework", "您此前反映的同一事项正在重新办理。",
     "Your earlier complaint about the same matter is being handled again. "},
    {"earlier_progress", "review", "您此前反映的同一事项正在复查复核。",
     "The decision about the same matter is being reviewed. "},
    {"earlier_progress", "re-review", "您此前反映的同一事项正在复查复核。",
     "The decision about the same matter is being reviewed. "},
    {"earlier_progress", "closed", "您此前反映的同一事项已办结。",
     "Your earlier complaint about the same matter is closed. "},
    {"earlier_progress", "final", "您此前反映的同一事项已办结。",
     "Your earlier complaint about the same matter is closed. "},
    {"earlier_progress", "archived", "您此前反映的同一事项已办结。",
     "Your earlier complaint about the same matter is closed. "},
    {"earlier_progress", "redirected", "您此前反映的同一事项已转送有关机关办理。",
     "Your earlier complaint about the same matter was handed to the competent authority. "},
    // Nobody handles the matter any more: whoever was referred to it may have it taken up after
    // all.
    {"earlier_progress", "not-accepted", "您此前反映的同一事项未予受理，您可以请求重新受理本投诉。",
     "Your earlier complaint about the same matter was not accepted; you may have this one "
     "reopened. "},
    {"earlier_progress", "withdrawn", "您此前反映的同一事项已撤回，您可以请求重新受理本投诉。",
     "Your earlier complaint about the same matter was withdrawn; you may have this one "
     "reopened. "},
    {"earlier_progress", "terminated", "您此前反映的同一事项已终止办理，您可以请求重新受理本投诉。",
     "Your earlier complaint about the same matter was terminated; you may have this one "
     "reopened. "},
    {"earlier_progress", "over", "同一事项已不再办理，您可以请求重新受理本投诉。",
     "The same matter is handled no more; you may have this one reopened. "},
    {"earlier_progress", "emergency-transferred", "您此前反映的同一事项已转急救处置。",
     "Your earlier complaint about the same matter was handed to a rescue service. "},
};

// Of "supervision-1", "supervision", of "follow_up_1", "follow_up": clocks that a case may have
// several of are numbered.
static bool is_titled(const char *title, const char *code) {
    size_t size = strcspn(code, "0123456789");
    size -= size > 0 && code[size] != '\0' && strchr("-_", code[size - 1]) != NULL ? 1 : 0;
    return strlen(title) == size && strncmp(title, code, size) == 0;
}

const char *title_of(const char *parameter, const char *code, const char *language) {
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        if (strcmp(titles[i].parameter, parameter) == 0 && is_titled(titles[i].code, code)) {
            return strcmp(language, "en") == 0 ? titles[i].english : titles[i].chinese;
        }
    }
    return code;
}
