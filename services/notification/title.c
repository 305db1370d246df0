// SPDX-License-Identifier: Apache-2.0
#include "title.h"

#include <string.h>

static const struct title {
    const char *parameter, *code, *chinese, *english;
} titles[] = {
    {"clock", "first_response", "首次回复", "first response"},
    {"clock", "resolution", "办结", "resolution"},
    {"clock", "", "紧急案件", "urgent case"},
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
    {"result", "REVIEW_RESULT_CONFIRMED", "维持原处理意见", "the decision is confirmed"},
    {"result", "REVIEW_RESULT_CHANGED", "变更原处理意见", "the decision is changed"},
    {"result", "REVIEW_RESULT_RETURNED", "撤销原处理意见，责令重新处理",
     "the decision is withdrawn, the case is handled again"},
};

const char *title_of(const char *parameter, const char *code, const char *language) {
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        if (strcmp(titles[i].parameter, parameter) == 0 && strcmp(titles[i].code, code) == 0) {
            return strcmp(language, "en") == 0 ? titles[i].english : titles[i].chinese;
        }
    }
    return code;
}
