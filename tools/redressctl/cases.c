// SPDX-License-Identifier: Apache-2.0
// Cases through the public HTTP APIs: submit at intake, read and command at the ledger.
#include "cases.h"

#include "common/clock.h"
#include "common/json.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 15000

char *mint_for(const struct arguments *arguments, const char *subject, struct error *error);

enum rc open_ledger(const struct arguments *arguments, struct http_client **client,
                    struct error *error) {
    const char *given = argument(arguments, "token", "REDRESS_TOKEN", NULL);
    char *minted =
        given == NULL
            ? mint_for(arguments, argument(arguments, "subject", NULL, "lin-zhiyuan"), error)
            : NULL;
    if (given == NULL && minted == NULL) {
        return error->rc;
    }
    enum rc rc = http_client_new(
        client, argument(arguments, "url", "REDRESS_LEDGER_URL", "http://127.0.0.1:18030"),
        given == NULL ? minted : given, TIMEOUT_MS, error);
    free(minted);
    return rc;
}

// What is allowed instead, where the answer says so.
static void list_actions(const json_t *answer, char *text, size_t room) {
    const json_t *actions = json_object_get(answer, "actions");
    size_t used = 0;
    size_t index;
    json_t *action;
    text[0] = '\0';
    json_array_foreach(actions, index, action) {
        if (used < room) {
            used +=
                (size_t)snprintf(text + used, room - used, "%s%s",
                                 index == 0 ? "; allowed now: " : ", ", json_string_value(action));
        }
    }
}

enum rc check_status(long status, const json_t *answer, struct error *error) {
    char actions[sizeof error->text / 2];
    if (status < 400) {
        return RC_OK;
    }
    const char *detail = json_string_value(json_object_get(answer, "detail"));
    const char *code = json_string_value(json_object_get(answer, "code"));
    const char *field = json_string_value(json_object_get(answer, "field"));
    list_actions(answer, actions, sizeof actions);
    return error_set(error, status == 503 ? RC_UNAVAILABLE : RC_INVALID, "%ld %s: %s%s%s%s%s",
                     status, code == NULL ? "" : code, detail == NULL ? "refused" : detail,
                     field == NULL ? "" : " (", field == NULL ? "" : field,
                     field == NULL ? "" : ")", actions);
}

static enum rc get(const struct arguments *arguments, const char *path, json_t **answer,
                   struct error *error) {
    struct http_client *client = NULL;
    long status = 0;
    *answer = NULL;
    enum rc rc = open_ledger(arguments, &client, error);
    rc = rc == RC_OK ? http_client_json(client, "GET", path, NULL, NULL, &status, answer, error)
                     : rc;
    rc = rc == RC_OK ? check_status(status, *answer, error) : rc;
    http_client_free(client);
    if (rc != RC_OK) {
        json_decref(*answer);
        *answer = NULL;
    }
    return rc;
}

static const char *text_of(const json_t *item, const char *name) {
    const char *text = json_string_value(json_object_get(item, name));
    return text == NULL ? "" : text;
}

static void print_cases(const json_t *items) {
    static const struct {
        const char *name;
        int columns;
    } cells[] = {{"case_id", 36},  {"tracking_code", 13}, {"institution", 16},
                 {"status", 10},   {"urgency", 3},        {"crisis", 3},
                 {"category", 18}, {"unit", 24},          {"due_at", 29}};
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item) {
        for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
            print_cell(text_of(item, cells[i].name), cells[i].columns);
        }
        printf("\n");
    }
}

static void build_path(const struct arguments *arguments, const char *after, char *path,
                       size_t room) {
    static const char *const names[] = {"status", "institution", "urgency",  "unit",    "category",
                                        "limit",  "alarm",       "breached", "extended"};
    size_t used = (size_t)snprintf(path, room, "/v1/cases?");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = argument(arguments, names[i], NULL, NULL);
        char *escaped = value == NULL ? NULL : curl_easy_escape(NULL, value, 0);
        if (escaped != NULL) {
            used += (size_t)snprintf(path + used, room - used, "%s=%s&", names[i], escaped);
        }
        curl_free(escaped);
    }
    if (after != NULL) {
        snprintf(path + used, room - used, "after=%s", after);
    }
}

int case_list(const struct arguments *arguments) {
    struct error error;
    json_t *all = json_array();
    const char *first = argument(arguments, "after", NULL, NULL);
    char after[128] = "";
    bool follow = argument(arguments, "all", NULL, NULL) != NULL;
    snprintf(after, sizeof after, "%s", first == NULL ? "" : first);
    do {
        char path[1024];
        json_t *page = NULL;
        build_path(arguments, after[0] == '\0' ? NULL : after, path, sizeof path);
        if (get(arguments, path, &page, &error) != RC_OK) {
            json_decref(all);
            return fail(&error);
        }
        json_array_extend(all, json_object_get(page, "items"));
        snprintf(after, sizeof after, "%s", text_of(page, "next"));
        json_decref(page);
    } while (follow && after[0] != '\0');
    if (arguments->json) {
        print_json(json_pack("{s:o, s:s}", "items", all, "next", after));
    } else {
        print_cases(all);
        fprintf(stderr, "%zu cases%s%s\n", json_array_size(all),
                after[0] == '\0' ? "" : "; more with --all or --after ", after);
        json_decref(all);
    }
    return EXIT_GOOD;
}

static int show(const struct arguments *arguments, const char *suffix) {
    struct error error;
    char path[256];
    json_t *answer = NULL;
    snprintf(path, sizeof path, "/v1/cases/%.64s%s", arguments->positional[0], suffix);
    if (get(arguments, path, &answer, &error) != RC_OK) {
        return fail(&error);
    }
    print_json(answer);
    return EXIT_GOOD;
}

int case_show(const struct arguments *arguments) { return show(arguments, ""); }

int case_timeline(const struct arguments *arguments) {
    return show(arguments, "/timeline?limit=200");
}

int case_command(const struct arguments *arguments) {
    struct error error;
    struct http_client *client = NULL;
    char path[256];
    char key_header[192];
    char default_key[48];
    long status = 0;
    json_t *body = NULL;
    json_t *answer = NULL;
    const char *text = argument(arguments, "body", NULL, "{}");
    snprintf(default_key, sizeof default_key, "redressctl-%lld", (long long)clock_wall_ms());
    snprintf(key_header, sizeof key_header, "Idempotency-Key: %.128s",
             argument(arguments, "key", NULL, default_key));
    snprintf(path, sizeof path, "/v1/cases/%.64s/%.32s", arguments->positional[0],
             arguments->positional[1]);
    // "*": whoever types a command at a terminal has just looked.
    const char *const headers[] = {key_header, "If-Match: *", NULL};
    enum rc rc = json_read_object(text, strlen(text), &body, &error);
    rc = rc == RC_OK ? open_ledger(arguments, &client, &error) : rc;
    rc = rc == RC_OK
             ? http_client_json(client, "POST", path, body, headers, &status, &answer, &error)
             : rc;
    rc = rc == RC_OK ? check_status(status, answer, &error) : rc;
    json_decref(body);
    http_client_free(client);
    if (rc != RC_OK) {
        json_decref(answer);
        return fail(&error);
    }
    print_json(answer);
    return EXIT_GOOD;
}

static json_t *submission(const struct arguments *arguments) {
    static const char *const names[] = {"institution", "narrative", "request", "category"};
    json_t *body = json_pack("{s:s}", "channel", argument(arguments, "channel", NULL, "web"));
    json_t *person = json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = argument(arguments, names[i], NULL, NULL);
        if (value != NULL) {
            json_object_set_new(body, names[i], json_string(value));
        }
    }
    static const char *const personal[] = {"name", "phone", "email"};
    for (size_t i = 0; i < sizeof personal / sizeof personal[0]; i++) {
        const char *value = argument(arguments, personal[i], NULL, NULL);
        if (value != NULL) {
            json_object_set_new(person, personal[i], json_string(value));
        }
    }
    if (json_object_size(person) == 0) {
        json_object_set_new(body, "anonymous", json_true());
        json_decref(person);
    } else {
        json_object_set_new(body, "complainant", person);
    }
    return body;
}

int submit(const struct arguments *arguments) {
    struct error error;
    struct http_client *client = NULL;
    char header[192];
    char default_key[48];
    long status = 0;
    char *text = NULL;
    json_t *body = NULL;
    json_t *answer = NULL;
    const char *file = argument(arguments, "file", NULL, NULL);
    snprintf(default_key, sizeof default_key, "redressctl-%lld", (long long)clock_wall_ms());
    snprintf(header, sizeof header, "Idempotency-Key: %.128s",
             argument(arguments, "key", NULL, default_key));
    const char *const headers[] = {header, NULL};
    enum rc rc = RC_OK;
    if (file == NULL) {
        body = submission(arguments);
    } else {
        rc = read_text(file, &text, &error);
        rc = rc == RC_OK ? json_read_object(text, strlen(text), &body, &error) : rc;
    }
    rc = rc == RC_OK ? http_client_new(&client,
                                       argument(arguments, "url", "REDRESS_INTAKE_URL",
                                                "http://127.0.0.1:18010"),
                                       NULL, TIMEOUT_MS, &error)
                     : rc;
    rc = rc == RC_OK ? http_client_json(client, "POST", "/v1/submissions", body, headers, &status,
                                        &answer, &error)
                     : rc;
    rc = rc == RC_OK ? check_status(status, answer, &error) : rc;
    http_client_free(client);
    json_decref(body);
    free(text);
    if (rc != RC_OK) {
        json_decref(answer);
        return fail(&error);
    }
    print_json(answer);
    return EXIT_GOOD;
}
