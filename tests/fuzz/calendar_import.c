// SPDX-License-Identifier: Apache-2.0
// A file of published holidays, iCalendar or holiday-cn's JSON, behind a digit: 1, it is the next
// version of the State Council's calendar. What is written is a calendar, whole; what is refused
// says why and writes nothing.
#include "fuzz.h"

#include "../../tools/redressctl/command.h"

#include "common/calendar_content.h"
#include "common/calendar_file.h"
#include "common/json.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BASE "deploy/calendars/cn-state-council@1.yaml"

static struct error last; // that the command ended with
static bool written[2];   // a calendar was, without and with a base
static char directory[] = "/dev/shm/redress-fuzz-XXXXXX";

const char *argument(const struct arguments *arguments, const char *name, const char *variable,
                     const char *fallback) {
    (void)variable;
    for (size_t i = 0; i < arguments->option_count; i++) {
        if (strcmp(arguments->options[i].name, name) == 0) {
            return arguments->options[i].value;
        }
    }
    return fallback;
}

int fail(const struct error *error) {
    last = *error;
    return EXIT_FAILED;
}

static void remove_directory(void) { rmdir(directory); }

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    FUZZ_CHECK(mkdtemp(directory) != NULL);
    atexit(remove_directory);
    return 0;
}

// The calendar is read again, by whoever imports it, as a file of its name.
static void check_calendar(const char *text, size_t size, const char *name) {
    char path[sizeof directory + 64];
    struct calendar *calendar = NULL;
    struct calendar_content *content = NULL;
    struct error error = {.text = ""};
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    FUZZ_CHECK(file >= 0 && write(file, text, size) == (ssize_t)size && close(file) == 0);
    FUZZ_CHECK(calendar_file_load(&calendar, directory, name, &error) == RC_OK);
    FUZZ_CHECK(calendar_content_load(&content, directory, name, &error) == RC_OK);
    FUZZ_CHECK(content->range_count > 0 && content->first_year <= content->last_year);
    calendar_content_free(content);
    calendar_free(calendar);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    bool based = fuzz_byte(&input) == '1';
    const struct arguments arguments = {.positional = {fuzz_file(input.at, input.left)},
                                        .count = 1,
                                        .options = {{"base", BASE}},
                                        .option_count = based};
    FILE *terminal = stdout;
    char *text = NULL;
    size_t text_size = 0;
    last = (struct error){.text = ""};
    stdout = open_memstream(&text, &text_size);
    FUZZ_CHECK(stdout != NULL);
    int code = calendar_import(&arguments);
    FUZZ_CHECK(fclose(stdout) == 0);
    stdout = terminal;
    if (code == EXIT_GOOD) {
        FUZZ_CHECK(text_is_clean((const char *)input.at, input.left));
        check_calendar(text, text_size,
                       based ? "cn-state-council@2.yaml" : "cn-state-council@1.yaml");
        written[based] = true;
    } else {
        FUZZ_CHECK(text_size == 0 && last.rc == RC_INVALID && last.text[0] != '\0');
    }
    free(text);
    return 0;
}

void fuzz_replayed(void) { FUZZ_CHECK(written[0] && written[1]); }
