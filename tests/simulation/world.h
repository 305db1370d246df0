// SPDX-License-Identifier: Apache-2.0
// What the programs share from start to end: region, keys, mail; and what each program offers to
// clients and to the judge. Each program is linked with its own service and hides the service's
// names, which others use too.
#pragma once

#include "sim.h"

#include "common/error.h"
#include "common/region.h"

#include <jansson.h>

struct world {
    struct region *region; // with limits of seconds
    unsigned char derive_key[32];
    unsigned char receipt_key[64];
    unsigned char bureau_public[32];
    unsigned char notification_public[32];
    unsigned char notification_secret[32];
};
extern struct world world;

extern const struct sim_program ledger_program;
extern const struct sim_program sla_timer_program;
extern const struct sim_program intake_program;
extern const struct sim_program notification_program;

// A staff user's command.
struct ledger_request {
    const char *command; // "accept" …
    const char *case_id;
    const char *key;
    const char *if_match;
    json_t *body;
};
enum ledger_outcome { LEDGER_DONE, LEDGER_REFUSED, LEDGER_UNKNOWN };
// In the name of this ledger. code (48 bytes) tells why it was refused.
enum ledger_outcome ledger_command(struct process *process, const struct ledger_request *request,
                                   char code[48]);
// The cause that a command's facts carry.
void ledger_cause(const struct ledger_request *request, char cause_id[37]);
// Whether the fold of the case's facts is the state that is stored, and its clocks obey their
// rules.
void ledger_check_case(const char case_id[16]);

// A submission over HTTP: 0 in flight, else one of the outcomes below.
struct intake_client {
    const char *key;
    json_t *body;
    int outcome;
    char code[48];
    char case_id[37];
    unsigned char digest[32];
    int64_t received_at_ms;
};
enum { INTAKE_TAKEN = 1, INTAKE_REFUSED, INTAKE_BUSY, INTAKE_UNKNOWN };
// Once, before the first schedule.
enum rc intake_prepare(struct error *error);
void intake_submit(struct process *process, struct intake_client *client);

struct mail_sent {
    char delivery_id[37];
    uint64_t content; // hash over address, date, subject and body
};
#define MAILS 1024
extern struct mail_sent mails[MAILS];
extern size_t mail_count;
void notification_check(void);
