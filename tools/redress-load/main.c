// SPDX-License-Identifier: Apache-2.0
// redress-load: drives a service over HTTP, watches the facts that follow, prints what it measured.
#include "load.h"

#include "common/log.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct number_flag {
    const char *name;
    size_t offset;
    int64_t least, most;
};
#define NUMBER(flag, member, least, most)                                                          \
    { flag, offsetof(struct load_options, member), least, most }
static const struct number_flag number_flags[] = {
    NUMBER("connections", connections, 1, 20000),
    NUMBER("rate", rate, 0, 1000000),
    NUMBER("count", count, 0, 4000000),
    NUMBER("seconds", seconds, 0, 86400),
    NUMBER("narrative-bytes", narrative_bytes, 3, 24000),
    NUMBER("settle-seconds", settle_seconds, 0, 3600),
};
static const struct {
    const char *name;
    size_t offset;
} text_flags[] = {{"brokers", offsetof(struct load_options, brokers)},
                  {"facts", offsetof(struct load_options, facts)},
                  {"requests", offsetof(struct load_options, requests)},
                  {"institution", offsetof(struct load_options, institution)},
                  {"key-prefix", offsetof(struct load_options, key_prefix)}};

static void print_help(void) {
    printf(
        "redress-load: drives a service over HTTP or Kafka and prints what it measured as JSON.\n\n"
        "Usage: redress-load [--url http://ADDRESS:PORT] [--connections 64] [--rate 0]\n"
        "                    [--count 0] [--seconds 10] [--brokers LIST [--facts TOPIC]]\n"
        "                    [--settle-seconds 30] [--institution CODE] [--with-contact]\n"
        "                    [--narrative-bytes 300] [--key-prefix TEXT] [--requests FILE | "
        "--kafka]\n\n"
        "--rate 0 is a closed loop: each connection sends as soon as it was answered. With a\n"
        "rate, requests have an intended time and latency counts from there. --brokers also\n"
        "watches the facts topic until each case is registered, or for the settle time.\n"
        "--requests takes one JSON object a line: method, path, headers, body. --kafka publishes\n"
        "complaints to redress.inbound instead; the closed loop then keeps --connections records\n"
        "on their way.\n\n"
        "Exit codes: 0 measured; 2 wrong usage; 3 can't reach.\n");
}

static bool read_url(struct load_options *options, const char *url) {
    static char host[64];
    return sscanf(url, "http://%63[0-9.]:%d", host, &options->port) == 2 &&
           (options->host = host) != NULL;
}

static bool read_number(struct load_options *options, const char *name, const char *text) {
    for (size_t i = 0; i < sizeof number_flags / sizeof number_flags[0]; i++) {
        const struct number_flag *flag = &number_flags[i];
        char *end = NULL;
        if (strcmp(flag->name, name) != 0) {
            continue;
        }
        int64_t value = strtoll(text, &end, 10);
        if (*text == '\0' || *end != '\0' || value < flag->least || value > flag->most) {
            fprintf(stderr, "redress-load: --%s must be %" PRId64 " to %" PRId64 "\n", name,
                    flag->least, flag->most);
            return false;
        }
        memcpy((char *)options + flag->offset, &value, sizeof value);
        return true;
    }
    for (size_t i = 0; i < sizeof text_flags / sizeof text_flags[0]; i++) {
        if (strcmp(text_flags[i].name, name) == 0) {
            memcpy((char *)options + text_flags[i].offset, &text, sizeof text);
        }
    }
    return true;
}

static bool read_flags(struct load_options *options, int argc, char **argv, int *code) {
    static const struct option flags[] = {{"url", required_argument, NULL, 0},
                                          {"connections", required_argument, NULL, 0},
                                          {"rate", required_argument, NULL, 0},
                                          {"count", required_argument, NULL, 0},
                                          {"seconds", required_argument, NULL, 0},
                                          {"narrative-bytes", required_argument, NULL, 0},
                                          {"settle-seconds", required_argument, NULL, 0},
                                          {"brokers", required_argument, NULL, 0},
                                          {"facts", required_argument, NULL, 0},
                                          {"requests", required_argument, NULL, 0},
                                          {"institution", required_argument, NULL, 0},
                                          {"key-prefix", required_argument, NULL, 0},
                                          {"with-contact", no_argument, NULL, 'c'},
                                          {"kafka", no_argument, NULL, 'k'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int index = 0;
    *code = 2;
    for (int flag; (flag = getopt_long(argc, argv, "", flags, &index)) != -1;) {
        if (flag == 'h') {
            print_help();
            *code = 0;
            return false;
        }
        if (flag == 'c' || flag == 'k') {
            *(flag == 'c' ? &options->with_contact : &options->kafka) = true;
        } else if (flag != 0) {
            return false;
        } else if (strcmp(flags[index].name, "url") == 0 && !read_url(options, optarg)) {
            fprintf(stderr, "redress-load: --url must be http://ADDRESS:PORT\n");
            return false;
        } else if (!read_number(options, flags[index].name, optarg)) {
            return false;
        }
    }
    if (optind < argc ||
        (options->count == 0 && options->seconds == 0 && options->requests == NULL)) {
        fprintf(stderr, "redress-load: give --count, --seconds or --requests; see --help\n");
        return false;
    }
    if (options->kafka && (options->brokers == NULL || options->requests != NULL)) {
        fprintf(stderr, "redress-load: --kafka needs --brokers, and takes no --requests\n");
        return false;
    }
    return true;
}

static json_t *latency_json(const struct histogram *histogram) {
    return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f}", "count", (json_int_t)histogram->total,
                     "p50_ms", (double)histogram_at(histogram, 0.5) / 1000, "p90_ms",
                     (double)histogram_at(histogram, 0.9) / 1000, "p99_ms",
                     (double)histogram_at(histogram, 0.99) / 1000, "p999_ms",
                     (double)histogram_at(histogram, 0.999) / 1000, "max_ms",
                     (double)histogram->largest / 1000);
}

static json_t *http_json(const struct http_report *report) {
    double seconds = (double)(report->ended_us - report->started_us) / 1e6;
    uint64_t good = report->answers[2];
    return json_pack("{s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:o}", "seconds", seconds,
                     "accepted", (json_int_t)good, "refused", (json_int_t)report->answers[4],
                     "failed", (json_int_t)report->answers[5], "shed", (json_int_t)report->shed,
                     "shed_without_retry", (json_int_t)report->shed_without_retry, "broken",
                     (json_int_t)report->answers[0], "late", (json_int_t)report->late, "per_second",
                     seconds > 0 ? (double)good / seconds : 0.0, "latency",
                     latency_json(&report->latency), "refusal_latency",
                     latency_json(&report->refusal));
}

static json_t *facts_json(const struct facts_report *report, double seconds) {
    static const char *const names[FACTS_STAGES] = {"registered", "assessed", "armed", "delivered"};
    json_t *json = json_pack("{s:I, s:I, s:f}", "waiting", (json_int_t)report->waiting, "repeated",
                             (json_int_t)report->repeated, "per_second",
                             seconds > 0 ? (double)report->seen[0] / seconds : 0.0);
    for (int i = 0; i < FACTS_STAGES; i++) {
        json_object_set_new(json, names[i], latency_json(&report->latency[i]));
    }
    return json;
}

// Until every acknowledged submission is registered, and with a contact also told so.
static void settle(const struct load_options *options, struct facts *facts, uint64_t wanted) {
    enum facts_stage last = options->with_contact ? FACTS_DELIVERED : FACTS_REGISTERED;
    int64_t until = load_now_us() + options->settle_seconds * 1000000;
    while (facts_seen(facts, last) < wanted && load_now_us() < until) {
        usleep(2000);
    }
}

static enum rc measure(const struct load_options *options, struct error *error) {
    struct http_report http = {.started_us = 0};
    struct facts_report seen = {.waiting = 0};
    struct workload *workload = NULL;
    struct facts *facts = NULL;
    enum rc rc = workload_new(&workload, options, error);
    if (rc == RC_OK && options->brokers != NULL) {
        rc = facts_start(&facts, options, error);
    }
    if (rc == RC_OK) {
        rc = options->kafka ? kafka_load(options, facts, &http, error)
                            : http_load(options, workload, facts, &http, error);
    }
    workload_free(workload);
    if (rc != RC_OK) {
        return rc;
    }
    json_t *json = http_json(&http);
    if (facts != NULL) {
        settle(options, facts, http.answers[2]);
        double seconds = (double)(load_now_us() - http.started_us) / 1e6;
        facts_stop(facts, &seen);
        json_object_set_new(json, "facts", facts_json(&seen, seconds));
    }
    json_dumpf(json, stdout, JSON_REAL_PRECISION(6));
    printf("\n");
    json_decref(json);
    return RC_OK;
}

int main(int argc, char **argv) {
    struct load_options options = {.host = "127.0.0.1",
                                   .port = 18010,
                                   .facts = "redress.facts",
                                   .institution = "bureau",
                                   .connections = 64,
                                   .narrative_bytes = 300,
                                   .settle_seconds = 30};
    char prefix[64];
    struct error error;
    int code = 0;
    signal(SIGPIPE, SIG_IGN);
    log_init("redress-load", LOG_ERROR);
    snprintf(prefix, sizeof prefix, "load-%ld-%d", (long)time(NULL), (int)getpid());
    options.key_prefix = prefix;
    if (!read_flags(&options, argc, argv, &code)) {
        return code;
    }
    if (measure(&options, &error) != RC_OK) {
        fprintf(stderr, "redress-load: %s\n", error.text);
        return error.rc == RC_INVALID ? 2 : 3;
    }
    return 0;
}
