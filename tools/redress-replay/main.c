// SPDX-License-Identifier: Apache-2.0
// redress-replay: submits the rows of a JSON Lines file and says what became of them.
#include "replay.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/seal.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_INSTITUTION "bureau"

static const char *from_environment(const char *name, const char *fallback) {
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? fallback : value;
}

static void print_help(void) {
    printf("redress-replay: submits each row of a JSON Lines file as an anonymous complaint.\n\n"
           "Usage: redress-replay --file F.jsonl [--rate N] [--institution CODE]\n"
           "                      [--via http|kafka] [--url URL] [--brokers LIST] [--json]\n\n"
           "A row has \"id\" (its key), \"text\", and maybe \"ts\" (its time). Ends with one JSON\n"
           "line: sent, accepted, repeated, refused, failed, seconds. Over Kafka, accepted means\n"
           "that Kafka has it; intake then decides. --institution is %s if not given.\n\n"
           "Exit codes: 0 nothing failed or was refused; 1 something was; 2 wrong usage; 3 can't\n"
           "reach.\n",
           DEFAULT_INSTITUTION);
}

static bool read_flags(struct replay *replay, int argc, char **argv, int *code) {
    static const struct option flags[] = {{"file", required_argument, NULL, 'f'},
                                          {"rate", required_argument, NULL, 'r'},
                                          {"url", required_argument, NULL, 'u'},
                                          {"institution", required_argument, NULL, 'i'},
                                          {"via", required_argument, NULL, 'v'},
                                          {"brokers", required_argument, NULL, 'b'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    *code = 2;
    for (int flag; (flag = getopt_long(argc, argv, "", flags, NULL)) != -1;) {
        switch (flag) {
        case 'f':
            replay->file = optarg;
            break;
        case 'r':
            replay->rate = strtoll(optarg, NULL, 10);
            break;
        case 'u':
            replay->url = optarg;
            break;
        case 'i':
            replay->institution = optarg;
            break;
        case 'b':
            replay->brokers = optarg;
            break;
        case 'j':
            replay->json = true;
            break;
        case 'v':
            replay->kafka = strcmp(optarg, "kafka") == 0;
            if (!replay->kafka && strcmp(optarg, "http") != 0) {
                fprintf(stderr, "redress-replay: --via must be http or kafka\n");
                return false;
            }
            break;
        case 'h':
            print_help();
            *code = 0;
            return false;
        default:
            return false;
        }
    }
    if (replay->file == NULL || optind < argc || replay->rate < 0) {
        fprintf(stderr, "redress-replay: --file must be given; see --help\n");
        return false;
    }
    return true;
}

static int64_t count_lines(FILE *file) {
    int64_t lines = 0;
    for (int c; (c = fgetc(file)) != EOF;) {
        lines += c == '\n';
    }
    rewind(file);
    return lines;
}

static void report(const struct replay *replay) {
    double seconds = (double)(clock_monotonic_ms() - replay->started_ms) / 1000;
    if (replay->progress) {
        fprintf(stderr, "\n");
    }
    printf("{\"sent\":%lld,\"accepted\":%lld,\"repeated\":%lld,\"refused\":%lld,\"failed\":%lld,"
           "\"seconds\":%.2f}\n",
           (long long)replay->sent, (long long)replay->accepted, (long long)replay->repeated,
           (long long)replay->refused, (long long)replay->failed, seconds);
}

int main(int argc, char **argv) {
    struct error error;
    struct replay replay = {.institution = DEFAULT_INSTITUTION};
    int code = 0;
    signal(SIGPIPE, SIG_IGN);
    log_init("redress-replay", LOG_ERROR);
    replay.url = from_environment("REDRESS_INTAKE_URL", "http://127.0.0.1:18010");
    replay.brokers = from_environment("REDRESS_KAFKA_BROKERS", "127.0.0.1:18092");
    if (!read_flags(&replay, argc, argv, &code)) {
        return code;
    }
    FILE *file = fopen(replay.file, "rb");
    if (file == NULL || seal_init(&error) != RC_OK) {
        fprintf(stderr, "redress-replay: cannot read %s\n", replay.file);
        return 2;
    }
    replay.progress = !replay.json && isatty(STDERR_FILENO);
    replay.total = count_lines(file);
    replay.started_ms = clock_monotonic_ms();
    enum rc rc =
        replay.kafka ? send_kafka(&replay, file, &error) : send_http(&replay, file, &error);
    fclose(file);
    if (rc != RC_OK) {
        fprintf(stderr, "redress-replay: %s\n", error.text);
    }
    report(&replay);
    return rc != RC_OK || replay.failed > 0 ? 3 : replay.refused > 0 ? 1 : 0;
}
