// SPDX-License-Identifier: Apache-2.0
// What institutions promise, every version, for everybody.
#include "routes_private.h"

#include <string.h>

static json_t *terms_to_json(const struct policy *policy) {
    json_t *list = json_array();
    for (unsigned i = 0; i < policy->rule_count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i, s:s}", "id", rule->id, "clock",
                                              rule->clock, "text", rule->source.text, "value",
                                              (int)rule->limit.value, "unit",
                                              limit_unit_name(rule->limit.unit)));
    }
    return list;
}

static json_t *commitment_to_json(const struct region *region,
                                  const struct region_commitment *commitment) {
    const struct policy *policy = &commitment->policy;
    return json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:s?, s:o}", "institution",
                     commitment->institution, "institution_name",
                     region_institution(region, commitment->institution)->name, "id", policy->id,
                     "version", (int)policy->version, "title", policy->title, "text",
                     commitment->text, "published", commitment->published, "effective_from",
                     policy->effective_from, "effective_until", policy->effective_until, "terms",
                     terms_to_json(policy));
}

// Of one institution, or of all where it is NULL.
static enum rc list(const struct region *region, const char *institution, json_t **answer,
                    struct error *error) {
    if (institution != NULL && region_institution(region, institution) == NULL) {
        return error_field(error, "unknown-code", "institution", "institution names none");
    }
    json_t *items = json_array();
    for (size_t i = 0; i < region->commitment_count; i++) {
        const struct region_commitment *commitment = &region->commitments[i];
        if (institution == NULL || strcmp(institution, commitment->institution) == 0) {
            json_array_append_new(items, commitment_to_json(region, commitment));
        }
    }
    *answer = json_pack("{s:o}", "items", items);
    return RC_OK;
}

void routes_get_commitments(struct http_request *request, void *context) {
    static const char *const names[] = {"institution", NULL};
    struct region_book *regions = ((const struct routes *)context)->submit->regions;
    const char *institution = http_query(request, "institution");
    struct error error;
    json_t *answer = NULL;
    const struct region_edition *edition = region_book_hold(regions);
    enum rc rc = http_query_only(request, names, &error);
    rc = rc == RC_OK ? list(edition->region, institution, &answer, &error) : rc;
    region_book_release(edition);
    if (rc != RC_OK) {
        routes_refuse(request, &error);
        return;
    }
    http_reply_json(request, 200, answer);
}
