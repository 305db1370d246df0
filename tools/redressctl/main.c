// SPDX-License-Identifier: Apache-2.0
// redressctl: one table of commands; words are parsed here, work is done in a file a group.
#include "command.h"
#include "moment.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/seal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define TEXT_LIMIT 65536

static const struct command commands[] = {
    {"keys init", "--directory D", "make the key files that are missing", "directory", 0, 0,
     keys_init},
    {"token", "--subject S [--hours N]", "mint a staff token for the local stack",
     "subject hours key region issuer audience", 0, 0, token_mint},
    {"topics apply", "[--file F] [--replication N]", "create or alter Kafka's topics",
     "file replication brokers", 0, 0, topics_apply},
    {"migrate", "[--directory D] [--url U]", "bring the database schemas up to date",
     "directory url", 0, 0, migrate_apply},
    {"region check", "DIRECTORY", "validate a region's files", "", 1, 1, region_check_command},
    {"calendar check", "FILE", "validate a calendar file; its working days a year", "", 1, 1,
     calendar_check},
    {"calendar import",
     "FILE… [--base FILE] [--id I] [--version N] [--source S] [--zone Z] [--worked W]",
     "holiday-cn's JSON or iCalendar as a calendar file, or the next version of one",
     "base id version source zone worked", 1, 8, calendar_import},
    {"calendar add", "--from DATE --working-days N [--calendar C] [--directory D]",
     "the day that ends a limit", "from working-days calendar directory", 0, 0, calendar_add},
    {"policy check", "FILE|DIRECTORY [--calendars D]", "validate policy packs", "calendars", 1, 1,
     policy_check},
    {"policy simulate", "--pack P --at T [--clock C] [--severity P1] [--event E]… …",
     "each step of what a clock would do",
     "pack at now clock severity category channel situation institution-type event+ directory "
     "calendars "
     "region institution",
     0, 0, policy_simulate},
    {"workflow show", "[--format table|mermaid|dot]", "the way of a case: states, commands, guards",
     "format", 0, 0, workflow_show},
    {"permissions show", "", "who may what: commands, reads, fields by role and scope", "", 0, 0,
     permissions_show},
    {"permissions walk", "", "what the rules answer for each role, relation and state", "", 0, 0,
     permissions_walk},
    {"retention run", "[--institution C] [--at T | --apply] [--subject ADMINISTRATOR]",
     "archived cases that the policies no longer keep; --apply erases them",
     "institution at apply! region url subject token", 0, 0, retention_run},
    {"submit", "--institution C --narrative T [--key K] …", "submit a complaint",
     "institution channel narrative request category key file url name phone email", 0, 0, submit},
    {"case list", "[--status S] [--institution C] [--limit N] …", "list cases",
     "status institution urgency unit category after limit all! alarm! breached! extended! url "
     "subject token",
     0, 0, case_list},
    {"case show", "CASE", "one case with the actions now allowed", "url subject token", 1, 1,
     case_show},
    {"case timeline", "CASE", "the facts of a case", "url subject token", 1, 1, case_timeline},
    {"case do", "CASE ACTION [--body JSON] [--key K] [--subject S]",
     "give a command: accept, dispatch, …", "url subject token body key", 2, 2, case_command},
    {"case export", "CASE --output F", "the whole case, its chain and evidence, signed",
     "url subject token output", 1, 1, case_export},
    {"case check-export", "F [EVIDENCE…] --public-key K",
     "check an exported case offline, and that files are its evidence", "public-key", 1, 8,
     case_check_export},
    {"grant unit", "UNIT --staff S --role R --until TIME --reason R [--key K]",
     "a role on a unit's cases, of any institution, until a time",
     "staff role until reason key url subject token", 1, 1, grant_unit},
    {"grant list", "UNIT", "the grants on a unit's cases that are in force", "url subject token", 1,
     1, grant_list},
    {"receipt verify", "FILE --public-key F", "check a receipt offline", "public-key", 1, 1,
     receipt_verify},
    {"analytics rebuild", "", "empty what analytics counted, so that it counts all facts again",
     "url brokers", 0, 0, analytics_rebuild},
    {"dead-letters list", "", "what could not be processed", "brokers", 0, 0, dead_letters_list},
    {"dead-letters show", "PARTITION/OFFSET", "one dead letter: headers and size", "brokers", 1, 1,
     dead_letters_show},
    {"dead-letters replay", "PARTITION/OFFSET", "send it to its topic again", "brokers", 1, 1,
     dead_letters_replay},
    {"verify", "[--url U]", "recompute every chain, compare ledger and topic", "url brokers", 0, 0,
     verify},
    {"doctor", "", "each dependency and service: up, version, lag", "url brokers", 0, 0, doctor},
};

static void print_moments(void) {
    printf(
        "T is " MOMENT_FORMS ": a date is the moment at which that day\n"
        "begins, on the region's clocks, as is HH:MM (with --pack: on those of its calendar).\n");
}

static void print_help(void) {
    printf("redressctl: operates redress.\n\nUsage: redressctl COMMAND [ARGUMENTS] [--json]\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        printf("  %-20s %s\n  %-20s %s\n", commands[i].name, commands[i].usage, "",
               commands[i].purpose);
    }
    printf("\n");
    print_moments();
    printf("\nSettings come from options, else from the environment: REDRESS_KAFKA_BROKERS,\n"
           "REDRESS_KAFKA_<NAME> for librdkafka's properties (…_FILE for one in a file),\n"
           "REDRESS_POSTGRES_ADMIN_URL, REDRESS_INTAKE_URL, REDRESS_LEDGER_URL,\n"
           "REDRESS_STAFF_KEY_FILE, REDRESS_REGION_DIRECTORY, REDRESS_REDIS_PORT.\n\n"
           "Exit codes: 0 good; 1 failed, refused or a difference was found; 2 wrong usage;\n"
           "3 a dependency can't be reached. Data goes to standard output, messages to standard\n"
           "error; no colours are used (NO_COLOR holds).\n");
}

const char *argument(const struct arguments *arguments, const char *name, const char *variable,
                     const char *fallback) {
    for (size_t i = 0; i < arguments->option_count; i++) {
        if (strcmp(arguments->options[i].name, name) == 0) {
            return arguments->options[i].value;
        }
    }
    const char *value = variable == NULL ? NULL : getenv(variable);
    return value == NULL || value[0] == '\0' ? fallback : value;
}

int fail(const struct error *error) {
    fprintf(stderr, "redressctl: %s\n", error->text);
    if (error->rc == RC_INVALID && strcmp(error->code, MOMENT_BAD) == 0) {
        return EXIT_USAGE;
    }
    return error->rc == RC_UNAVAILABLE ? EXIT_UNREACHABLE : EXIT_FAILED;
}

enum rc read_text(const char *path, char **text, struct error *error) {
    FILE *file = fopen(path, "rb");
    *text = NULL;
    if (file == NULL) {
        return error_field(error, "unreadable", path, "%s: %s", path, strerror(errno));
    }
    char *read = malloc(TEXT_LIMIT + 1);
    size_t size = read == NULL ? 0 : fread(read, 1, TEXT_LIMIT + 1, file);
    fclose(file);
    if (read == NULL || size > TEXT_LIMIT) {
        free(read);
        return error_field(error, "too-large", path, "%s: larger than %d bytes", path, TEXT_LIMIT);
    }
    while (size > 0 && (read[size - 1] == '\n' || read[size - 1] == '\r')) {
        size--;
    }
    read[size] = '\0';
    *text = read;
    return RC_OK;
}

static bool unprinted; // something that was to be printed

void print_json(json_t *json) {
    char *text = json_text(json, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(json);
    if (text == NULL) {
        fprintf(stderr, "redressctl: there is no memory for the answer\n");
        unprinted = true;
        return;
    }
    printf("%s\n", text);
    free(text);
}

void print_cell(const char *text, int columns) {
    int width = 0;
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    for (utf8proc_int32_t point; *at != '\0';) {
        utf8proc_ssize_t used = utf8proc_iterate(at, -1, &point);
        if (used <= 0) {
            break;
        }
        width += utf8proc_charwidth(point);
        at += used;
    }
    printf("%s%*s", text, width < columns ? columns - width + 1 : 1, "");
}

// Words of the name must stand first: "case list" is two words.
static const struct command *find_command(int argc, char **argv, int *used) {
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        char name[32];
        bool two = strchr(commands[i].name, ' ') != NULL;
        *used = two ? 3 : 2;
        if (argc < *used) {
            continue;
        }
        snprintf(name, sizeof name, two ? "%s %s" : "%s", argv[1], two ? argv[2] : "");
        if (strcmp(name, commands[i].name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

enum option_kind { OPTION_UNKNOWN, OPTION_VALUE, OPTION_FLAG, OPTION_REPEATED };

static enum option_kind option_kind(const struct command *command, const char *name) {
    size_t size = strlen(name);
    for (const char *at = command->options; *at != '\0';) {
        size_t length = strcspn(at, " ");
        if (strncmp(at, name, size) == 0 && length == size) {
            return OPTION_VALUE;
        }
        if (strncmp(at, name, size) == 0 && length == size + 1 && strchr("!+", at[size]) != NULL) {
            return at[size] == '!' ? OPTION_FLAG : OPTION_REPEATED;
        }
        at += length + strspn(at + length, " ");
    }
    return OPTION_UNKNOWN;
}

static bool add_option(struct arguments *arguments, const char *name, const char *value) {
    if (arguments->option_count == COMMAND_OPTIONS) {
        return false;
    }
    arguments->options[arguments->option_count].name = name;
    arguments->options[arguments->option_count++].value = value;
    return true;
}

static int usage(const struct command *command, const char *what, const char *word) {
    fprintf(stderr, "redressctl: %s%s\nUsage: redressctl %s %s\n", what, word, command->name,
            command->usage);
    return EXIT_USAGE;
}

static int parse(const struct command *command, int argc, char **argv, int at,
                 struct arguments *arguments) {
    for (; at < argc; at++) {
        const char *word = argv[at];
        if (strncmp(word, "--", 2) != 0) {
            if (arguments->count == command->most) {
                return usage(command, "unexpected argument ", word);
            }
            arguments->positional[arguments->count++] = word;
            continue;
        }
        if (strcmp(word, "--json") == 0) {
            arguments->json = true;
            continue;
        }
        enum option_kind kind = option_kind(command, word + 2);
        if (kind == OPTION_UNKNOWN) {
            return usage(command, "there is no option ", word);
        }
        if (kind != OPTION_FLAG && at + 1 == argc) {
            return usage(command, "a value is missing after ", word);
        }
        if (kind != OPTION_REPEATED && argument(arguments, word + 2, NULL, NULL) != NULL) {
            return usage(command, "given twice: ", word);
        }
        const char *value = kind == OPTION_FLAG ? "true" : argv[++at];
        if (!add_option(arguments, word + 2, value)) {
            return usage(command, "too many options at ", word);
        }
    }
    return arguments->count < command->least ? usage(command, "an argument is missing", "") : 0;
}

int main(int argc, char **argv) {
    struct error error;
    struct arguments arguments = {.count = 0};
    int used = 0;
    signal(SIGPIPE, SIG_IGN);
    log_init("redressctl", LOG_ERROR);
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        print_help();
        return argc < 2 ? EXIT_USAGE : EXIT_GOOD;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("redressctl %s\n", REDRESS_VERSION);
        return EXIT_GOOD;
    }
    const struct command *command = find_command(argc, argv, &used);
    if (command == NULL) {
        fprintf(stderr, "redressctl: there is no command \"%s\"; see --help\n", argv[1]);
        return EXIT_USAGE;
    }
    if (argc > used && strcmp(argv[used], "--help") == 0) {
        printf("Usage: redressctl %s %s\n%s\n", command->name, command->usage, command->purpose);
        if (option_kind(command, "at") != OPTION_UNKNOWN) {
            print_moments();
        }
        return EXIT_GOOD;
    }
    int code = parse(command, argc, argv, used, &arguments);
    if (code != 0) {
        return code;
    }
    if (seal_init(&error) != RC_OK) {
        return fail(&error);
    }
    code = command->run(&arguments);
    return code == EXIT_GOOD && unprinted ? EXIT_FAILED : code;
}
