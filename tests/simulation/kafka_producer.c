// SPDX-License-Identifier: Apache-2.0
// Producers: what waits for the broker, what became of it, and reports that come late or, with both
// truths, never.
#include "kafka_inside.h"

#include "faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define DELIVERY_MS 10000
#define IDLE_MS 3600000

static void push(struct outgoing_list *list, struct outgoing *message) {
    message->next = NULL;
    if (list->first == NULL) {
        list->first = message;
    } else {
        list->last->next = message;
    }
    list->last = message;
}

static struct outgoing *pop(struct outgoing_list *list) {
    struct outgoing *message = list->first;
    list->first = message->next;
    return message;
}

static void report_due(void *context, int64_t count) {
    struct rd_kafka_s *handle = context;
    handle->due += (size_t)count;
    sim_wake(handle, true);
}

static int64_t some_delay(void) {
    static const uint32_t most[] = {1, 1, 5, 5, 60, 2000};
    return sim_below(most[sim_below(6)]);
}

static void end_message(struct rd_kafka_s *handle, rd_kafka_resp_err_t code,
                        rd_kafka_msg_status_t status) {
    struct outgoing *message = pop(&handle->waiting);
    message->code = code;
    message->status = status;
    push(&handle->ended, message);
}

// The broker has it; whether the producer hears of it is another matter.
static void accept_one(struct rd_kafka_s *handle) {
    kafka_append_record(handle->waiting.first->topic, &handle->waiting.first->record);
    if (!handle->conf.gapless && !sim.healing && faults_is_down(FAULT_KAFKA_DOWN)) {
        end_message(handle, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
                    RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED);
    } else {
        end_message(handle, RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_MSG_STATUS_PERSISTED);
    }
}

static void expire_one(struct rd_kafka_s *handle) {
    bool sent = sim_chance(2); // and if so the broker never got it
    if (handle->waiting.first->record.headers != NULL) {
        rd_kafka_headers_destroy(handle->waiting.first->record.headers);
    }
    end_message(handle, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
                sent ? RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED : RD_KAFKA_MSG_STATUS_NOT_PERSISTED);
}

static void transmit(void *context, int64_t number) {
    struct rd_kafka_s *handle = context;
    int64_t ended = 0;
    (void)number;
    handle->sending = false;
    if (handle->closed || handle->waiting.first == NULL || kafka_is_dead(handle)) {
        return;
    }
    bool down = faults_is_down(FAULT_KAFKA_DOWN);
    bool can = !sim_is_frozen(handle->process);
    for (uint32_t room = 1 + sim_below(8); can && room > 0 && handle->waiting.first != NULL;
         room--) {
        if (!down || (!handle->conf.gapless && sim_chance(16))) {
            accept_one(handle);
        } else if (!handle->conf.gapless && handle->waiting.first->deadline_ms <= sim.now_ms) {
            expire_one(handle);
        } else {
            break;
        }
        ended++;
    }
    if (ended > 0) {
        sim_at(sim.now_ms + some_delay(), report_due, handle, ended);
    }
    if (handle->waiting.first != NULL) {
        handle->sending = true;
        sim_at(sim.now_ms + (down || !can ? 500 : some_delay()), transmit, handle, 0);
    }
}

// What is left of a producer that ends: some of it was on the wire.
void kafka_give_up(struct rd_kafka_s *handle) {
    bool wire = true;
    while (handle->waiting.first != NULL) {
        wire = wire && sim_chance(2);
        if (wire) {
            kafka_append_record(handle->waiting.first->topic, &handle->waiting.first->record);
        } else if (handle->waiting.first->record.headers != NULL) {
            rd_kafka_headers_destroy(handle->waiting.first->record.headers);
        }
        end_message(handle, RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED);
    }
    handle->due = SIZE_MAX / 2;
}

static void take_argument(struct outgoing *message, rd_kafka_vtype_t type, va_list *list) {
    switch (type) {
    case RD_KAFKA_VTYPE_TOPIC:
        message->topic = kafka_topic(va_arg(*list, const char *));
        break;
    case RD_KAFKA_VTYPE_KEY:
        message->record.key = va_arg(*list, void *);
        message->record.key_size = va_arg(*list, size_t);
        break;
    case RD_KAFKA_VTYPE_VALUE:
        message->record.value = va_arg(*list, void *);
        message->record.value_size = va_arg(*list, size_t);
        break;
    case RD_KAFKA_VTYPE_HEADERS:
        message->record.headers = va_arg(*list, rd_kafka_headers_t *);
        break;
    case RD_KAFKA_VTYPE_OPAQUE:
        message->opaque = va_arg(*list, void *);
        break;
    case RD_KAFKA_VTYPE_MSGFLAGS:
        (void)va_arg(*list, int);
        break;
    default:
        fprintf(stderr, "the simulation does not know this argument of rd_kafka_producev\n");
        abort();
    }
}

rd_kafka_resp_err_t rd_kafka_producev(rd_kafka_t *handle, ...) {
    struct outgoing *message = sim_alloc(sizeof *message);
    va_list list;
    va_start(list, handle);
    for (rd_kafka_vtype_t type; (type = va_arg(list, rd_kafka_vtype_t)) != RD_KAFKA_VTYPE_END;) {
        take_argument(message, type, &list);
    }
    va_end(list);
    if (kafka_is_dead(handle) ||
        (!sim.healing && faults_is_down(FAULT_KAFKA_DOWN) && sim_chance(8))) {
        return RD_KAFKA_RESP_ERR__QUEUE_FULL;
    }
    message->record.key = kafka_copy(message->record.key, message->record.key_size);
    message->record.value = kafka_copy(message->record.value, message->record.value_size);
    message->deadline_ms = sim.now_ms + DELIVERY_MS;
    push(&handle->waiting, message);
    if (!handle->sending) {
        handle->sending = true;
        sim_at(sim.now_ms + some_delay(), transmit, handle, 0);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_msg_status_t rd_kafka_message_status(const rd_kafka_message_t *message) {
    return ((const struct message *)message)->status;
}

static int serve_reports(struct rd_kafka_s *handle) {
    int served = 0;
    while (handle->due > 0 && handle->ended.first != NULL) {
        struct outgoing *ended = pop(&handle->ended);
        const struct message message = {.public = {.err = ended->code, ._private = ended->opaque},
                                        .status = ended->status};
        handle->due--;
        handle->conf.delivered(handle, &message.public, handle->conf.opaque);
        served++;
    }
    return served;
}

static int poll_reports(struct rd_kafka_s *handle, int timeout_ms) {
    sim_io("poll for reports");
    if (kafka_is_dead(handle)) {
        kafka_give_up(handle);
        sim_yield();
    } else if (handle->due == 0) {
        sim_wait(handle, sim.now_ms + timeout_ms);
    }
    return serve_reports(handle);
}

// A producer with nothing under way has nothing to tell, however often its thread asks.
int rd_kafka_poll(rd_kafka_t *handle, int timeout_ms) {
    const bool idle = handle->waiting.first == NULL && handle->ended.first == NULL;
    return poll_reports(handle, idle ? IDLE_MS : timeout_ms);
}

rd_kafka_resp_err_t rd_kafka_flush(rd_kafka_t *handle, int timeout_ms) {
    int64_t until = sim.now_ms + timeout_ms;
    do {
        poll_reports(handle, 100);
    } while ((handle->waiting.first != NULL || handle->ended.first != NULL) && sim.now_ms < until &&
             !kafka_is_dead(handle));
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_purge(rd_kafka_t *handle, int flags) {
    (void)flags;
    kafka_give_up(handle);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}
