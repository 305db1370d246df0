// SPDX-License-Identifier: Apache-2.0
// Out of the house: e-mail by SMTP and signed web hooks (libcurl). Bounded in time; addresses and
// texts never reach an error.
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

struct transport;

struct mail {
    const char *message_id; // delivery id: the same mail on every attempt
    int64_t date_ms;        // of the occurrence, not of the attempt
    const char *to;
    const char *subject; // UTF-8
    const char *body;    // UTF-8
};

struct hook {
    const char *id; // delivery id
    const char *url;
    const char *body; // JSON
    int64_t now_ms;
};

MUST_CHECK enum rc transport_new(struct transport **transport, const char *smtp_url,
                                 const char *from, const char *webhook_secret, struct error *error);
void transport_free(struct transport *transport);

// RC_UNAVAILABLE: try again; RC_INVALID: refused for good. error->code is "smtp-550", "connect" …
MUST_CHECK enum rc transport_mail(struct transport *transport, const struct mail *mail,
                                  struct error *error);
// Signs by Standard Webhooks 1.0: webhook-id, webhook-timestamp, webhook-signature.
MUST_CHECK enum rc transport_hook(struct transport *transport, const struct hook *hook,
                                  struct error *error);
