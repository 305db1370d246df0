// SPDX-License-Identifier: Apache-2.0
// One thread, one epoll, one request at a time a connection. In the open loop each request has an
// intended time and its latency counts from there, so that a stall of the server is not hidden
// (Tene, "How NOT to Measure Latency").
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_ROOM (64 * 1024)
#define LATE_US 1000
#define END_WAIT_US 20000000 // for answers that are still out when the time is over
#define RETRY_MOST_S 60      // whoever is told to wait for longer is not told when to try again

struct connection {
    struct connection *next; // idle too, and not for so long
    int socket;              // -1: not open
    bool busy;
    int64_t intended_us;
    struct request request;
    size_t sent;
    char answer[ANSWER_ROOM];
    size_t got;
};

struct driver {
    const struct load_options *options;
    struct workload *workload;
    struct facts *facts;
    struct http_report *report;
    struct connection *connections;
    struct connection *idle; // longest first: none rests until the service gives it up
    struct connection *idle_last;
    int epoll;
    int64_t begun; // requests
    int64_t open;  // requests without an answer
    bool exhausted;
};

int64_t load_now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static enum rc connect_one(struct driver *driver, struct connection *connection,
                           struct error *error) {
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)driver->options->port)};
    if (inet_pton(AF_INET, driver->options->host, &address.sin_addr) != 1) {
        return error_field(error, "bad-address", "--url", "the URL needs an IPv4 address");
    }
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->socket < 0 ||
        connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0) {
        return error_set(error, RC_UNAVAILABLE, "cannot connect to %s:%d: %s",
                         driver->options->host, driver->options->port, strerror(errno));
    }
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(driver->epoll, EPOLL_CTL_ADD, connection->socket, &event);
    return RC_OK;
}

static void rest(struct driver *driver, struct connection *connection) {
    connection->busy = false;
    connection->next = NULL;
    *(driver->idle == NULL ? &driver->idle : &driver->idle_last->next) = connection;
    driver->idle_last = connection;
}

static struct connection *take_idle(struct driver *driver) {
    struct connection *connection = driver->idle;
    driver->idle = connection->next;
    return connection;
}

// Where the value of the answer's header begins; NULL where it has none. Its head is all there.
static const char *header_of(const struct connection *connection, const char *name) {
    const char *end = memmem(connection->answer, connection->got, "\r\n\r\n", 4);
    size_t size = strlen(name);
    const char *line = connection->answer;
    while (line < end) {
        if (strncasecmp(line, name, size) == 0 && line[size] == ':') {
            return line + size + 1 + strspn(line + size + 1, " ");
        }
        line = (const char *)memmem(line, (size_t)(end - line) + 2, "\r\n", 2) + 2;
    }
    return NULL;
}

// Whole seconds, as many as a client may wait.
static bool says_when_to_retry(const struct connection *connection) {
    const char *value = header_of(connection, "Retry-After");
    size_t digits = value == NULL ? 0 : strspn(value, "0123456789");
    long seconds = digits == 0 || digits > 4 ? 0 : strtol(value, NULL, 10);
    return seconds >= 1 && seconds <= RETRY_MOST_S && value[digits] == '\r';
}

static void count_answer(struct driver *driver, struct connection *connection, int status) {
    struct http_report *report = driver->report;
    int64_t took = load_now_us() - connection->intended_us;
    report->answers[status >= 100 && status < 600 ? status / 100 : 0]++;
    report->shed += status == 503;
    report->shed_without_retry += status == 503 && !says_when_to_retry(connection);
    if (status >= 100 && status < 400) {
        histogram_add(&report->latency, took);
    } else if (status == 503) {
        histogram_add(&report->refusal, took);
    }
}

static void finish(struct driver *driver, struct connection *connection, int status) {
    count_answer(driver, connection, status);
    rest(driver, connection);
    connection->got = 0;
    driver->open--;
}

static void broken(struct driver *driver, struct connection *connection) {
    struct error ignored;
    if (connection->busy) {
        finish(driver, connection, 0);
    }
    close(connection->socket);
    if (connect_one(driver, connection, &ignored) != RC_OK) {
        if (connection->socket >= 0) {
            close(connection->socket);
        }
        connection->socket = -1;
    }
}

// Bodies are small; what does not fit the socket at once is written in blocking manner.
static bool send_request(struct connection *connection) {
    while (connection->sent < connection->request.size) {
        ssize_t size = send(connection->socket, connection->request.text + connection->sent,
                            connection->request.size - connection->sent, MSG_NOSIGNAL);
        if (size <= 0) {
            return false;
        }
        connection->sent += (size_t)size;
    }
    return true;
}

static void begin(struct driver *driver, struct connection *connection, int64_t intended_us) {
    if (connection->socket < 0) {
        broken(driver, connection);
    }
    if (connection->socket < 0 || !workload_next(driver->workload, &connection->request)) {
        rest(driver, connection);
        driver->exhausted = true;
        return;
    }
    connection->busy = true;
    connection->sent = 0;
    connection->intended_us = intended_us;
    driver->begun++;
    driver->open++;
    driver->report->late += load_now_us() - intended_us > LATE_US;
    if (!send_request(connection)) {
        broken(driver, connection);
    }
}

static void expect_fact(struct driver *driver, const struct connection *connection) {
    static const char name[] = "\"case_id\":\"";
    const char *found = memmem(connection->answer, connection->got, name, sizeof name - 1);
    if (found == NULL) {
        static const char spaced[] = "\"case_id\": \"";
        found = memmem(connection->answer, connection->got, spaced, sizeof spaced - 1);
        found = found == NULL ? NULL : found + 1;
    }
    if (found != NULL && found + sizeof name - 1 + 36 < connection->answer + connection->got) {
        facts_expect(driver->facts, found + sizeof name - 1, connection->intended_us);
    }
}

// The answer's size once it is all there; 0 while it is not.
static size_t answer_size(const struct connection *connection) {
    const char *end = memmem(connection->answer, connection->got, "\r\n\r\n", 4);
    if (end == NULL) {
        return 0;
    }
    size_t head = (size_t)(end - connection->answer) + 4;
    const char *length = header_of(connection, "Content-Length");
    size_t body = length == NULL ? 0 : (size_t)strtoul(length, NULL, 10);
    return connection->got >= head + body ? head + body : 0;
}

static void on_readable(struct driver *driver, struct connection *connection) {
    ssize_t size = recv(connection->socket, connection->answer + connection->got,
                        ANSWER_ROOM - 1 - connection->got, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (size <= 0 || !connection->busy) { // what nobody asked for ends a connection
        broken(driver, connection);
        return;
    }
    connection->got += (size_t)size;
    connection->answer[connection->got] = '\0';
    if (connection->got < 13 || answer_size(connection) == 0) {
        return;
    }
    int status = (int)strtol(connection->answer + 9, NULL, 10);
    bool closes = strcasestr(connection->answer, "\r\nConnection: close\r\n") != NULL;
    if (driver->facts != NULL && status == 202) {
        expect_fact(driver, connection);
    }
    finish(driver, connection, status);
    if (closes) {
        broken(driver, connection);
    }
}

static bool more_wanted(const struct driver *driver, int64_t now_us) {
    const struct load_options *options = driver->options;
    return !driver->exhausted && (options->count == 0 || driver->begun < options->count) &&
           (options->seconds == 0 ||
            now_us < driver->report->started_us + options->seconds * 1000000);
}

// Starts what is due; gives the time of the next request, or -1 when none waits for its time.
static int64_t start_due(struct driver *driver) {
    const struct load_options *options = driver->options;
    int64_t now = load_now_us();
    while (more_wanted(driver, now)) {
        int64_t intended = options->rate == 0 ? now
                                              : driver->report->started_us +
                                                    driver->begun * 1000000 / options->rate;
        if (intended > now) {
            return intended;
        }
        if (driver->idle == NULL) {
            return -1;
        }
        begin(driver, take_idle(driver), intended);
    }
    return -1;
}

static void wait_events(struct driver *driver, int64_t until_us) {
    struct epoll_event events[256];
    int64_t left = until_us < 0 ? 100000 : until_us - load_now_us();
    left = left < 0 ? 0 : left;
    struct timespec time = {left / 1000000, left % 1000000 * 1000};
    int count = epoll_pwait2(driver->epoll, events, 256, &time, NULL);
    for (int i = 0; i < count; i++) {
        on_readable(driver, events[i].data.ptr);
    }
}

static void drive(struct driver *driver) {
    driver->report->started_us = load_now_us();
    for (;;) {
        int64_t next = start_due(driver);
        int64_t now = load_now_us();
        if (!more_wanted(driver, now)) {
            if (driver->open == 0 || (driver->options->seconds > 0 &&
                                      now > driver->report->started_us +
                                                driver->options->seconds * 1000000 + END_WAIT_US)) {
                break;
            }
        }
        wait_events(driver, next);
    }
    driver->report->ended_us = load_now_us();
    driver->report->answers[0] += (uint64_t)driver->open;
}

enum rc http_load(const struct load_options *options, struct workload *workload,
                  struct facts *facts, struct http_report *report, struct error *error) {
    struct driver driver = {
        .options = options, .workload = workload, .facts = facts, .report = report};
    enum rc rc = RC_OK;
    driver.connections = calloc((size_t)options->connections, sizeof *driver.connections);
    driver.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (driver.connections == NULL || driver.epoll < 0) {
        rc = error_set(error, RC_INTERNAL, "out of memory for connections");
    }
    int64_t opened = 0;
    for (; opened < options->connections && rc == RC_OK; opened++) {
        rc = connect_one(&driver, &driver.connections[opened], error);
        rest(&driver, &driver.connections[opened]);
    }
    if (rc == RC_OK) {
        drive(&driver);
    }
    for (int64_t i = 0; i < opened; i++) {
        if (driver.connections[i].socket >= 0) {
            close(driver.connections[i].socket);
        }
    }
    if (driver.epoll >= 0) {
        close(driver.epoll);
    }
    free(driver.connections);
    return rc;
}
