// SPDX-License-Identifier: Apache-2.0
// notification's option table.
#include "config.h"

#include "cap.h"

const struct option_entry notification_options[] = {
    OPTION(OPTION_SECRET, struct notification_config, postgres_url, "postgres.url", NULL, 1, 1024,
           "PostgreSQL connection string of the role redress_notification"),
    OPTION(OPTION_SECRET, struct notification_config, service_token, "service.token", NULL, 16, 256,
           "bearer token of the platform's own services"),
    OPTION(OPTION_SECRET, struct notification_config, notification_secret,
           "keys.notification_secret", NULL, 64, 65,
           "secret key that contacts are sealed to; 32 bytes in hex"),
    OPTION(OPTION_SECRET, struct notification_config, satisfaction_key, "keys.satisfaction", NULL,
           64, 65,
           "key of the one-time links by which closures are rated, as intake has it; 32 bytes in "
           "hex"),
    OPTION(OPTION_TEXT, struct notification_config, satisfaction_url, "satisfaction.url",
           "http://127.0.0.1:18010/v1/satisfaction/", 8, 512,
           "what such a link begins with; the token follows"),
    OPTION(OPTION_NUMBER, struct notification_config, satisfaction_days, "satisfaction.days", "30",
           1, 365, "days for which such a link can be used"),
    OPTION(OPTION_SECRET, struct notification_config, smtp_url, "smtp.url", "smtp://127.0.0.1:25",
           1, 512, "SMTP server: smtp:// or smtps://, may hold a login"),
    OPTION(OPTION_TEXT, struct notification_config, smtp_from, "smtp.from", "redress@example.org",
           3, 254, "sender address of mails"),
    OPTION(OPTION_SECRET, struct notification_config, webhook_secret, "webhook.secret", NULL, 32,
           256, "key that web hooks are signed with (Standard Webhooks 1.0); hex"),
    OPTION(OPTION_TEXT, struct notification_config, webhook_url, "webhook.url", "", 0, 1024,
           "sends every web hook here instead of the region's URLs; for local stacks"),
    OPTION(OPTION_NUMBER, struct notification_config, quiet_begin_hour, "quiet.begin_hour", "0", 0,
           23, "local hour from which mails that are not urgent wait; equal to the end: never"),
    OPTION(OPTION_NUMBER, struct notification_config, quiet_end_hour, "quiet.end_hour", "0", 0, 23,
           "local hour at which they go out"),
    OPTION(
        OPTION_NUMBER, struct notification_config, hourly_most, "cap.hourly", "20", 0, CAP_MOST,
        "mails an hour to one person, but for alarms and crises; more are put off; 0: any number"),
    OPTION(OPTION_NUMBER, struct notification_config, attempts, "delivery.attempts", "20", 1, 100,
           "attempts before a delivery is given up"),
    OPTION(OPTION_NUMBER, struct notification_config, senders, "delivery.senders", "4", 1, 16,
           "deliveries that are made at the same time"),
};
const size_t notification_option_count =
    sizeof notification_options / sizeof notification_options[0];
