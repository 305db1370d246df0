// SPDX-License-Identifier: Apache-2.0
// Preview of templates, and for the platform's own services what became of a case's notices.
#include "routes.h"

#include "notification.h"
#include "store.h"

#include "common/ident.h"
#include "common/service_token.h"

#include <stdlib.h>
#include <string.h>

static json_t *sample_values(void) {
    static const char *const samples[][2] = {
        {"tracking_code", "7F3K9QW2XM4TP"},
        {"institution", "示例机构"},
        {"received_at", "2026-02-13 16:30"},
        {"due_at", "2026-02-28 00:00"},
        {"reply", "（答复内容）"},
        {"case_id", "00000000-0000-8000-8000-000000000000"},
        {"level", "1"},
        {"unit", "示例科室"},
        {"clock", "首次回复"},
        {"name", "投诉人"},
        {"ground", "属于其他机关职责"},
        {"right_route", "（正确途径）"},
        {"earlier_progress", "（同一事项的办理进度）"},
        {"authority", "（受理机关）"},
        {"reason", "（理由）"},
        {"result", "维持原处理意见"},
        {"changed_to", "处理意见变更为：部分支持。"},
        {"findings", "（复查意见）"},
        {"proposed_unit", "其他科室"},
        {"text", "（留言内容）"},
        {"media_type", "image/jpeg"},
        {"link", "https://example.org/v1/satisfaction/"},
    };
    json_t *values = json_object();
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        json_object_set_new(values, samples[i][0], json_string(samples[i][1]));
    }
    return values;
}

static void preview(struct http_request *request, void *context) {
    const struct routes_context *routes = context;
    struct error error;
    const struct region_edition *edition = region_book_hold(routes->regions);
    const struct region_template *text = region_template(
        edition->region, http_path_value(request, "code"), http_path_value(request, "language"));
    if (text == NULL) {
        region_book_release(edition);
        error_set(&error, RC_NOT_FOUND, "there is no such template");
        http_reply_problem(request, 0, &error);
        return;
    }
    json_t *values = sample_values();
    char *subject = notification_render(text->subject, values);
    char *body = notification_render(text->body, values);
    json_t *answer = json_pack("{s:s, s:s, s:s, s:s}", "code", text->code, "language",
                               text->language, "subject", subject, "body", body);
    region_book_release(edition);
    free(subject);
    free(body);
    json_decref(values);
    http_reply_json(request, 200, answer);
}

static void list_deliveries(struct http_request *request, void *context) {
    static const char *const names[] = {"case_id", NULL};
    const struct routes_context *routes = context;
    const char *case_id = http_query(request, "case_id");
    struct error error;
    struct pg *pg = NULL;
    json_t *page = NULL;
    if (!service_token_fits(request, routes->service_token, &error)) {
        http_reply_problem(request, 401, &error);
        return;
    }
    enum rc rc = http_query_only(request, names, &error);
    if (rc == RC_OK && (case_id == NULL || !ident_is_uuid(case_id))) {
        rc = error_field(&error, "bad-uuid", "case_id", "case_id must be a UUID");
    }
    rc = rc == RC_OK ? pg_pool_take(routes->pool, &pg, &error) : rc;
    rc = rc == RC_OK ? store_deliveries(pg, case_id, &page, &error) : rc;
    if (pg != NULL) {
        pg_pool_give(routes->pool, pg);
    }
    if (rc != RC_OK) {
        http_reply_problem(request, 0, &error);
        return;
    }
    http_reply_json(request, 200, page);
}

const struct http_route notification_routes[] = {
    {"GET", "/v1/templates/{code}/{language}", preview, HTTP_NO_BODY},
    {"GET", "/internal/v1/deliveries", list_deliveries, HTTP_BLOCKING | HTTP_NO_BODY},
};
const size_t notification_route_count = sizeof notification_routes / sizeof notification_routes[0];
