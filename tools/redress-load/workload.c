// SPDX-License-Identifier: Apache-2.0
// Submissions made here, or requests from a file: one JSON object a line with "method", "path",
// and maybe "headers" (an object) and "body".
#include "load.h"

#include "common/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct workload {
    const struct load_options *options;
    FILE *file;
    char *line;
    size_t line_room;
    char *narrative;
    int64_t number;
};

// Words of a complaint, without anything that reads as a person or a danger.
static const char *const words[] = {"门诊",   "排队", "两个小时", "叫号", "没有人", "解释",
                                    "护士站", "态度", "冷淡",     "收费", "清单",   "不清楚",
                                    "希望",   "核实", "处理",     "病历", "复印",   "等待",
                                    "医保",   "结算", "窗口",     "关闭", "服务",   "改进"};

void workload_narrative(const struct load_options *options, int64_t number, char *narrative) {
    size_t most = (size_t)options->narrative_bytes;
    uint64_t state = (uint64_t)number * 0x9E3779B97F4A7C15U + 1;
    size_t used = 0;
    for (;;) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const char *word = words[(state >> 33) % (sizeof words / sizeof words[0])];
        if (used + strlen(word) >= most) {
            break;
        }
        memcpy(narrative + used, word, strlen(word));
        used += strlen(word);
    }
    narrative[used] = '\0';
}

static size_t write_request(struct request *request, const char *method, const char *path,
                            const char *headers, const char *body) {
    int size = snprintf(request->text, sizeof request->text,
                        "%s %s HTTP/1.1\r\nHost: redress\r\n%sContent-Length: %zu\r\n\r\n%s",
                        method, path, headers, strlen(body), body);
    return size < 0 || (size_t)size >= sizeof request->text ? 0 : (size_t)size;
}

static bool next_submission(struct workload *workload, struct request *request) {
    const struct load_options *options = workload->options;
    int64_t number = workload->number++;
    char headers[256];
    char contact[160] = "\"anonymous\":true";
    char *body = NULL;
    workload_narrative(options, number, workload->narrative);
    if (options->with_contact) {
        snprintf(contact, sizeof contact,
                 "\"complainant\":{\"name\":\"测试\",\"email\":\"load%" PRId64 "@example.org\"}",
                 number);
    }
    snprintf(headers, sizeof headers,
             "Content-Type: application/json\r\nIdempotency-Key: %s-%" PRId64 "\r\n",
             options->key_prefix, number);
    if (asprintf(&body, "{\"institution\":\"%s\",\"channel\":\"web\",\"narrative\":\"%s\",%s}",
                 options->institution, workload->narrative, contact) < 0) {
        return false;
    }
    request->size = write_request(request, "POST", "/v1/submissions", headers, body);
    free(body);
    return request->size > 0;
}

static void join_headers(const json_t *headers, char *text, size_t room) {
    const char *name;
    json_t *value;
    size_t used = 0;
    text[0] = '\0';
    json_object_foreach((json_t *)headers, name, value) {
        int size = snprintf(text + used, room - used, "%s: %s\r\n", name,
                            json_is_string(value) ? json_string_value(value) : "");
        if (size < 0 || (size_t)size >= room - used) {
            text[used] = '\0';
            return;
        }
        used += (size_t)size;
    }
}

static bool next_line(struct workload *workload, struct request *request) {
    char headers[8192];
    json_t *json = NULL;
    ssize_t size = getline(&workload->line, &workload->line_room, workload->file);
    if (size <= 0 || json_read_object(workload->line, (size_t)size, &json, NULL) != RC_OK) {
        return false;
    }
    const char *method = json_string_value(json_object_get(json, "method"));
    const char *path = json_string_value(json_object_get(json, "path"));
    const char *body = json_string_value(json_object_get(json, "body"));
    join_headers(json_object_get(json, "headers"), headers, sizeof headers);
    request->size = method == NULL || path == NULL
                        ? 0
                        : write_request(request, method, path, headers, body == NULL ? "" : body);
    json_decref(json);
    return request->size > 0;
}

enum rc workload_new(struct workload **out, const struct load_options *options,
                     struct error *error) {
    struct workload *workload = calloc(1, sizeof *workload);
    *out = workload;
    if (workload == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a workload");
    }
    workload->options = options;
    workload->narrative = malloc((size_t)options->narrative_bytes + 1);
    if (workload->narrative == NULL) {
        return error_set(error, RC_INTERNAL, "out of memory for a narrative");
    }
    if (options->requests != NULL && (workload->file = fopen(options->requests, "rb")) == NULL) {
        return error_field(error, "unreadable", "--requests", "cannot read %s", options->requests);
    }
    return RC_OK;
}

bool workload_next(struct workload *workload, struct request *request) {
    return workload->file == NULL ? next_submission(workload, request)
                                  : next_line(workload, request);
}

void workload_free(struct workload *workload) {
    if (workload == NULL) {
        return;
    }
    if (workload->file != NULL) {
        fclose(workload->file);
    }
    free(workload->narrative);
    free(workload->line);
    free(workload);
}
