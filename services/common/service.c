// SPDX-License-Identifier: Apache-2.0
// flags → options → validate → start → ready → wait → drain → stop, and the admin port beside it.
#include "common/service.h"

#include "common/clock.h"
#include "common/failpoint.h"
#include "common/http.h"
#include "common/log.h"
#include "common/process.h"

#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define WAIT_SLICE_MS 50

enum phase { PHASE_STARTING, PHASE_SERVING, PHASE_DRAINING };

struct process {
    const struct service *service;
    struct service_config *config;
    struct options options;
    void *state;
    struct http_server *admin;
    const char *config_file;
    bool print_config;
    bool check_only;
};

static _Atomic int phase = PHASE_STARTING;
static _Atomic bool stopping;
static _Atomic bool reloading;
static _Atomic bool failed;
static pthread_mutex_t failure_lock = PTHREAD_MUTEX_INITIALIZER;
static struct error failure;

static const struct option_entry common_options[] = {
    OPTION(OPTION_TEXT, struct service_config, http_bind, "http.bind", "127.0.0.1", 1, 64,
           "address to listen on"),
    OPTION(OPTION_NUMBER, struct service_config, http_port, "http.port", "8080", 1, 65535,
           "port of the public API"),
    OPTION(OPTION_NUMBER, struct service_config, admin_port, "admin.port", "9090", 1, 65535,
           "port of /healthz, /readyz and /metrics"),
    OPTION(OPTION_TEXT, struct service_config, log_level, "log.level", "info", 4, 5,
           "least level that is logged: debug, info, warn or error"),
    OPTION(OPTION_TEXT, struct service_config, kafka_brokers, "kafka.brokers", "127.0.0.1:9092", 1,
           1024, "host:port of Kafka brokers, separated by commas"),
    OPTION(OPTION_TEXT, struct service_config, region_directory, "region.directory",
           "deploy/region/example", 1, 1024, "folder of the region's files"),
    OPTION(OPTION_NUMBER, struct service_config, drain_seconds, "service.drain_seconds", "5", 0,
           300, "seconds of not being ready before the door closes"),
};

bool service_stopping(void) { return atomic_load(&stopping); }

void service_fail(const struct error *error) {
    pthread_mutex_lock(&failure_lock);
    if (!atomic_load(&failed)) {
        failure = *error;
        log_error("service failed", LOG_STR("code", error->code), LOG_STR("reason", error->text));
    }
    pthread_mutex_unlock(&failure_lock);
    atomic_store(&failed, true);
    atomic_store(&stopping, true);
}

static void on_signal(int number) {
    (void)number;
    if (atomic_load(&stopping)) {
        _exit(1); // the second signal does not wait
    }
    atomic_store(&stopping, true);
}

static void on_hang_up(int number) {
    (void)number;
    atomic_store(&reloading, true);
}

static void catch_signals(void) {
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction hang_up = {.sa_handler = on_hang_up, .sa_flags = SA_RESTART};
    sigaction(SIGHUP, &hang_up, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

// Keys live in memory: no core dump and no debugger of the same user may read them.
static void forbid_core_dumps(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

static void answer_health(struct http_request *request, void *context) {
    (void)context;
    http_reply(request, 200, "text/plain", "ok\n", 3);
}

static void answer_ready(struct http_request *request, void *context) {
    struct process *process = context;
    struct error why = {.text = ""};
    if (atomic_load(&phase) == PHASE_SERVING && !service_stopping() &&
        process->service->ready(process->state, &why)) {
        http_reply(request, 200, "text/plain", "ready\n", 6);
        return;
    }
    if (why.text[0] == '\0') {
        error_set(&why, RC_UNAVAILABLE, "%s", service_stopping() ? "draining" : "starting");
    }
    http_reply_problem(request, 503, &why);
}

static void answer_metrics(struct http_request *request, void *context) {
    (void)context;
    process_stats_refresh();
    char *page = metrics_render();
    if (page == NULL) {
        struct error error;
        error_set(&error, RC_INTERNAL, "out of memory");
        http_reply_problem(request, 0, &error);
        return;
    }
    http_reply(request, 200, "text/plain; version=0.0.4", page, strlen(page));
    free(page);
}

static enum rc start_admin(struct process *process, struct error *error) {
    static const struct http_route routes[] = {
        {"GET", "/healthz", answer_health, HTTP_NO_BODY},
        {"GET", "/readyz", answer_ready, HTTP_NO_BODY},
        {"GET", "/metrics", answer_metrics, HTTP_NO_BODY},
#ifdef REDRESS_FAILPOINTS
        {"POST", "/failpoints/{name}", failpoint_request, 0},
        {"GET", "/failpoints/{name}", failpoint_request, HTTP_NO_BODY},
#endif
    };
    const struct http_options options = {
        .bind = process->config->http_bind,
        .port = (uint16_t)process->config->admin_port,
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
        .context = process,
        .worker_threads = 1,
        .connections = 256,
    };
    return http_server_start(&process->admin, &options, error);
}

static void print_help(const struct process *process) {
    printf("redress-%s: %s\n\nUsage: redress-%s [--config-file FILE] "
           "[--config | --check-config]\n\n"
           "  --config-file FILE  YAML file with the options below, nested or dotted\n"
           "  --config            print the effective options, secrets as ***\n"
           "  --check-config      validate options, region files and keys, then exit\n"
           "  --help, --version\n\n"
           "Options (environment: REDRESS_HTTP_PORT for http.port; secrets also as\n"
           "REDRESS_<NAME>_FILE):\n",
           process->service->name, process->service->purpose, process->service->name);
    options_print_help(&process->options, stdout);
    printf("\nExit codes: 0 stopped cleanly, 1 failed, 2 wrong usage or configuration.\n");
}

// Returns -1 to go on, else the exit code.
static int read_flags(struct process *process, int argc, char **argv) {
    static const struct option flags[] = {{"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},
                                          {"config-file", required_argument, NULL, 'f'},
                                          {"config", optional_argument, NULL, 'c'},
                                          {"check-config", no_argument, NULL, 'k'},
                                          {NULL, 0, NULL, 0}};
    for (int flag; (flag = getopt_long(argc, argv, "h", flags, NULL)) != -1;) {
        switch (flag) {
        case 'h':
            print_help(process);
            return 0;
        case 'v':
            printf("redress-%s %s\n", process->service->name, REDRESS_VERSION);
            return 0;
        case 'f':
            process->config_file = optarg;
            break;
        case 'c': // --config=FILE names a file, --config alone prints
            process->config_file = optarg == NULL ? process->config_file : optarg;
            process->print_config = optarg == NULL;
            break;
        case 'k':
            process->check_only = true;
            break;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "redress-%s: unexpected argument \"%s\"; see --help\n",
                process->service->name, argv[optind]);
        return EXIT_USAGE;
    }
    return -1;
}

static enum rc read_log_level(const char *text, enum log_level *level, struct error *error) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *level = (enum log_level)i;
            return RC_OK;
        }
    }
    return error_field(error, "out-of-bounds", "log.level",
                       "log.level must be debug, info, warn or error");
}

static enum rc configure(struct process *process, struct error *error) {
    enum rc rc = options_load(&process->options, process->config_file, error);
    enum log_level level = LOG_INFO;
    if (rc == RC_OK) {
        rc = read_log_level(process->config->log_level, &level, error);
    }
    if (rc == RC_OK && process->service->check != NULL) {
        rc = process->service->check(process->config, error);
    }
    log_init(process->service->name, level);
    return rc;
}

static void report(const struct process *process, const struct error *error) {
    fprintf(stderr, "redress-%s: %s\n", process->service->name, error->text);
}

// Not ready first, so that nobody is sent here any more; then the door closes.
static void wind_down(struct process *process) {
    log_info("draining");
    atomic_store(&phase, PHASE_DRAINING);
    int64_t until = clock_monotonic_ms() + process->config->drain_seconds * 1000;
    while (!atomic_load(&failed) && clock_monotonic_ms() < until) {
        clock_sleep_ms(WAIT_SLICE_MS);
    }
    if (process->service->drain != NULL) {
        process->service->drain(process->state);
    }
}

static void reload(struct process *process) {
    struct error error;
    if (process->service->reload == NULL) {
        return;
    }
    if (process->service->reload(process->state, &error) == RC_OK) {
        log_info("files were read again");
        return;
    }
    log_error("files can't be read again; what was read before holds",
              LOG_STR("field", error.field), LOG_STR("reason", error.text));
}

static int serve(struct process *process) {
    struct error error;
    enum rc rc = start_admin(process, &error);
#ifdef REDRESS_FAILPOINTS
    rc = rc == RC_OK ? failpoint_read_environment(&error) : rc;
#endif
    if (rc == RC_OK) {
        rc = process->service->start(process->config, &process->state, &error);
    }
    if (rc != RC_OK) {
        log_error("start failed", LOG_STR("field", error.field), LOG_STR("reason", error.text));
        return 1;
    }
    atomic_store(&phase, PHASE_SERVING);
    log_info("started", LOG_INT("port", process->config->http_port),
             LOG_STR("version", REDRESS_VERSION));
    while (!service_stopping()) {
        clock_sleep_ms(WAIT_SLICE_MS);
        if (atomic_exchange(&reloading, false)) {
            reload(process);
        }
    }
    wind_down(process);
    return atomic_load(&failed) ? 1 : 0;
}

static int run(struct process *process, int argc, char **argv) {
    int code = read_flags(process, argc, argv);
    if (code >= 0) {
        return code;
    }
    struct error error;
    if (configure(process, &error) != RC_OK) {
        report(process, &error);
        return EXIT_USAGE;
    }
    if (process->print_config) {
        options_print_config(&process->options, stdout);
        return 0;
    }
    if (process->check_only) {
        printf("redress-%s: configuration is good\n", process->service->name);
        return 0;
    }
    process_allow_descriptors();
    catch_signals();
    code = serve(process);
    process->service->stop(process->state);
    http_server_drain(process->admin);
    http_server_free(process->admin);
    log_info("stopped", LOG_INT("code", code));
    return code;
}

int service_main(const struct service *service, int argc, char **argv) {
    forbid_core_dumps();
    process_bound_memory();
    struct process process = {.service = service, .config = calloc(1, service->config_size)};
    if (process.config == NULL) {
        fprintf(stderr, "redress-%s: out of memory\n", service->name);
        return 1;
    }
    process.options = (struct options){
        .tables = {common_options, service->options},
        .counts = {sizeof common_options / sizeof common_options[0], service->option_count},
        .config = process.config};
    process.config->all = &process.options;
    metrics_register(service->metrics, service->metric_count);
    metrics_register(http_stats, HTTP_STAT_COUNT);
    metrics_register(process_stats, PROCESS_STAT_COUNT);
    int code = run(&process, argc, argv);
    options_free(&process.options);
    free(process.config);
#ifdef REDRESS_SANITIZED
    prctl(PR_SET_DUMPABLE, 1); // at exit LeakSanitizer stops the threads as a debugger does
#endif
    return code;
}
