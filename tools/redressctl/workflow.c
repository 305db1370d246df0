// SPDX-License-Identifier: Apache-2.0
// The way of a case, printed from the ledger's own tables.
#include "command.h"

#include "ledger/permission.h"
#include "ledger/workflow.h"

#include <stdio.h>
#include <string.h>

#define WHO_SIZE 128
#define FROM_SIZE 512

// What the names of one row's cells are joined from.
static void append(char *text, size_t room, const char *separator, const char *part) {
    size_t size = strlen(text);
    snprintf(text + size, room - size, "%s%s", size == 0 ? "" : separator, part);
}

static uint32_t open_states(void) {
    uint32_t open = 0;
    for (enum case_status status = CASE_NONE; status < CASE_STATUS_COUNT; status++) {
        open |= workflow_is_open(status) ? WORKFLOW_FROM(status) : 0;
    }
    return open;
}

// Nearly all open ones are told by those that are not among them.
static void name_states(uint32_t from, char text[FROM_SIZE]) {
    uint32_t open = open_states();
    uint32_t absent = open & ~from;
    bool most = (absent & (absent - 1)) == 0; // at most one is not there
    text[0] = '\0';
    append(text, FROM_SIZE, "", most ? "any open" : "");
    for (enum case_status status = CASE_NONE; status < CASE_STATUS_COUNT; status++) {
        if (most && absent == WORKFLOW_FROM(status)) {
            append(text, FROM_SIZE, " but ", case_status_name(status));
        }
    }
    for (enum case_status status = CASE_NONE; status < CASE_STATUS_COUNT; status++) {
        if ((from & WORKFLOW_FROM(status) & ~(most ? open : 0)) != 0) {
            append(text, FROM_SIZE, ", ", case_status_name(status));
        }
    }
}

static void name_roles(const struct permission *permission, char text[WHO_SIZE]) {
    text[0] = '\0';
    for (unsigned role = 1; role <= permission->roles; role <<= 1) {
        if ((permission->roles & role) != 0) {
            append(text, WHO_SIZE, ", ", role_name(role));
        }
    }
    if (permission->unit) {
        append(text, WHO_SIZE, " ", "(a handler: of the unit)");
    }
}

// What is refused where a guard does not hold: the API's own codes.
static void name_guards(const struct workflow_row *row, char text[FROM_SIZE]) {
    static const char *const whens[] = {"", "where not satisfied", "where sent back",
                                        "where the pause has no rule any more"};
    text[0] = '\0';
    append(text, FROM_SIZE, "", whens[row->when]);
    for (uint64_t guard = 1; guard != 0 && guard <= row->guards; guard <<= 1) {
        if ((row->guards & guard) != 0) {
            append(text, FROM_SIZE, "; ", "else ");
            append(text, FROM_SIZE, "", workflow_guard_code(guard));
        }
    }
}

static void name_facts(const struct workflow_row *row, char text[FROM_SIZE]) {
    text[0] = '\0';
    for (size_t i = 0; i < row->fact_count; i++) {
        append(text, FROM_SIZE, ", ", fact_type(row->facts[i]) + strlen("redress.v1."));
    }
}

static const char *name_command(const struct workflow_row *row) {
    static const char *const proposals[INPUT_PROPOSAL_COUNT] = {
        [INPUT_SUBMIT] = "SubmitCase",
        [INPUT_ASSESS] = "AssessCase",
        [INPUT_RECORD_FEEDBACK] = "RecordFeedback",
        [INPUT_RECORD_MESSAGE] = "RecordMessage",
        [INPUT_OFFER_EVIDENCE] = "OfferEvidence",
        [INPUT_WITHDRAW_CASE] = "WithdrawCase",
        [INPUT_REOPEN_CASE] = "ReopenCase",
        [INPUT_NOTE_REPEAT] = "NoteRepeat",
    };
    return row->command < INPUT_PROPOSAL_COUNT ? proposals[row->command]
                                               : case_command_name(row->command);
}

static const char *name_target(const struct workflow_row *row) {
    return row->to == CASE_NONE ? "(stays)" : case_status_name(row->to);
}

static void print_table(void) {
    printf("| command | who | from | when, else refused as | to | facts |\n| --- | --- | --- | --- "
           "| --- | --- |\n");
    for (size_t i = 0; i < workflow_row_count; i++) {
        const struct workflow_row *row = &workflow_rows[i];
        char from[FROM_SIZE];
        char guards[FROM_SIZE];
        char facts[FROM_SIZE];
        char who[WHO_SIZE];
        name_states(row->from, from);
        name_guards(row, guards);
        name_facts(row, facts);
        name_roles(permission_of(row->command), who);
        printf("| %s | %s | %s | %s | %s | %s |\n", name_command(row),
               who[0] == '\0' ? "a service" : who, from, guards, name_target(row), facts);
    }
}

// Moves alone; what may happen from every open state is drawn from one node of that name.
static void print_edges(const char *line, const char *(*name)(enum case_status)) {
    for (size_t i = 0; i < workflow_row_count; i++) {
        const struct workflow_row *row = &workflow_rows[i];
        bool everywhere = (open_states() & ~row->from) == 0;
        if (row->to == CASE_NONE) {
            continue;
        }
        if (everywhere) {
            printf(line, "any_open", name(row->to), name_command(row));
            continue;
        }
        for (enum case_status from = CASE_NONE; from < CASE_STATUS_COUNT; from++) {
            if ((row->from & WORKFLOW_FROM(from)) != 0) {
                printf(line, from == CASE_NONE ? "[*]" : name(from), name(row->to),
                       name_command(row));
            }
        }
    }
}

// Mermaid and Graphviz take no hyphen in a bare name.
static const char *node_name(enum case_status status) {
    static char names[2][64]; // two may stand in one line
    static unsigned turn;
    char *name = names[turn++ % 2];
    snprintf(name, sizeof names[0], "%s", case_status_name(status));
    for (char *at = name; *at != '\0'; at++) {
        *at = *at == '-' ? '_' : *at;
    }
    return name;
}

int workflow_show(const struct arguments *arguments) {
    const char *format = argument(arguments, "format", "", "table");
    if (strcmp(format, "mermaid") == 0) {
        printf("stateDiagram-v2\n");
        print_edges("    %s --> %s: %s\n", node_name);
    } else if (strcmp(format, "dot") == 0) {
        printf("digraph workflow {\n    rankdir=LR; node [shape=box, style=rounded];\n");
        print_edges("    \"%s\" -> \"%s\" [label=\"%s\"];\n", node_name);
        printf("}\n");
    } else if (strcmp(format, "table") == 0) {
        print_table();
    } else {
        fprintf(stderr, "redressctl: --format is table, mermaid or dot\n");
        return EXIT_USAGE;
    }
    return EXIT_GOOD;
}
