// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's binary formats: scalars, one-dimensional arrays, results.
#include "common/pg.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_2000_MS 946684800000LL // PostgreSQL counts microseconds from 2000-01-01

// Order of enum pg_element: element type, array type, fixed size (0: as it comes).
static const struct element_type {
    Oid element;
    Oid array;
    int size;
} element_types[] = {
    [PG_TEXT] = {25, 1009, 0},   [PG_INT8] = {20, 1016, 8},  [PG_INT4] = {23, 1007, 4},
    [PG_BOOL] = {16, 1000, 1},   [PG_BYTES] = {17, 1001, 0}, [PG_UUID] = {2950, 2951, 16},
    [PG_TIME] = {1184, 1185, 8},
};

static void add(struct pg_parameters *parameters, Oid type, const void *bytes, size_t size) {
    if (parameters->count == PG_PARAMETERS) {
        parameters->failed = true;
        return;
    }
    int at = parameters->count++;
    parameters->types[at] = type;
    parameters->formats[at] = 1;
    parameters->lengths[at] = (int)size;
    if (bytes == NULL) {
        return;
    }
    parameters->values[at] = malloc(size + 1);
    if (parameters->values[at] == NULL) {
        parameters->failed = true;
        return;
    }
    memcpy(parameters->values[at], bytes, size);
}

void pg_add_text(struct pg_parameters *parameters, const char *text) {
    add(parameters, 25, text, text == NULL ? 0 : strlen(text));
}

void pg_add_int8(struct pg_parameters *parameters, int64_t value) {
    uint64_t wire = htobe64((uint64_t)value);
    add(parameters, 20, &wire, sizeof wire);
}

void pg_add_int4(struct pg_parameters *parameters, int32_t value) {
    uint32_t wire = htonl((uint32_t)value);
    add(parameters, 23, &wire, sizeof wire);
}

void pg_add_bool(struct pg_parameters *parameters, bool value) {
    char wire = value ? 1 : 0;
    add(parameters, 16, &wire, 1);
}

void pg_add_bytes(struct pg_parameters *parameters, const void *bytes, size_t size) {
    add(parameters, 17, bytes, size);
}

static int nibble(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool uuid_bytes(const char *text, unsigned char bytes[16]) {
    size_t filled = 0;
    for (size_t i = 0; i < 36 && filled < 32; i++) {
        int value = nibble(text[i]);
        if (value < 0 && text[i] != '-') {
            return false;
        }
        if (value >= 0) {
            bytes[filled / 2] = (unsigned char)((filled % 2 ? bytes[filled / 2] << 4 : 0) | value);
            filled++;
        }
    }
    return filled == 32;
}

void pg_add_uuid(struct pg_parameters *parameters, const char *text) {
    unsigned char bytes[16] = {0};
    bool good = text == NULL || uuid_bytes(text, bytes);
    parameters->failed = parameters->failed || !good;
    add(parameters, 2950, text == NULL ? NULL : bytes, sizeof bytes);
}

static uint64_t time_wire(int64_t ms) { return htobe64((uint64_t)((ms - EPOCH_2000_MS) * 1000)); }

void pg_add_time(struct pg_parameters *parameters, int64_t ms) {
    uint64_t wire = time_wire(ms);
    add(parameters, 1184, ms == 0 ? NULL : &wire, sizeof wire);
}

static void append(struct pg_array *array, const void *bytes, size_t size) {
    if (array->failed) {
        return;
    }
    if (array->size + size > array->capacity) {
        size_t wanted = (array->size + size) * 2 + 256;
        char *grown = realloc(array->bytes, wanted);
        if (grown == NULL) {
            array->failed = true;
            return;
        }
        array->bytes = grown;
        array->capacity = wanted;
    }
    memcpy(array->bytes + array->size, bytes, size);
    array->size += size;
}

static void append_number(struct pg_array *array, uint32_t value) {
    uint32_t wire = htonl(value);
    append(array, &wire, sizeof wire);
}

// Header: dimensions, has-nulls flag, element type, length, lower bound; the length is filled last.
void pg_array_begin(struct pg_array *array, enum pg_element element) {
    memset(array, 0, sizeof *array);
    array->element = element;
    append_number(array, 1);
    append_number(array, 1);
    append_number(array, element_types[element].element);
    append_number(array, 0);
    append_number(array, 1);
}

static void append_element(struct pg_array *array, const void *bytes, size_t size) {
    array->count++;
    if (bytes == NULL) {
        append_number(array, UINT32_MAX);
        return;
    }
    append_number(array, (uint32_t)size);
    append(array, bytes, size);
}

void pg_array_text(struct pg_array *array, const char *text) {
    append_element(array, text, text == NULL ? 0 : strlen(text));
}

void pg_array_bytes(struct pg_array *array, const void *bytes, size_t size) {
    append_element(array, bytes, size);
}

void pg_array_uuid(struct pg_array *array, const char *text) {
    unsigned char bytes[16] = {0};
    if (text != NULL && !uuid_bytes(text, bytes)) {
        array->failed = true;
    }
    append_element(array, text == NULL ? NULL : bytes, sizeof bytes);
}

void pg_array_number(struct pg_array *array, int64_t value) {
    uint64_t wide = htobe64((uint64_t)value);
    uint32_t narrow = htonl((uint32_t)value);
    char flag = value != 0;
    uint64_t time = array->element == PG_TIME ? time_wire(value) : 0; // no number is a time
    switch (array->element) {
    case PG_INT8:
        append_element(array, &wide, sizeof wide);
        break;
    case PG_INT4:
        append_element(array, &narrow, sizeof narrow);
        break;
    case PG_BOOL:
        append_element(array, &flag, 1);
        break;
    case PG_TIME:
        append_element(array, value == 0 ? NULL : &time, sizeof time);
        break;
    case PG_TEXT:
    case PG_BYTES:
    case PG_UUID:
        array->failed = true;
        break;
    }
}

void pg_add_array(struct pg_parameters *parameters, struct pg_array *array) {
    if (array->failed || parameters->count == PG_PARAMETERS) {
        parameters->failed = true;
        free(array->bytes);
        array->bytes = NULL; // whoever holds arrays for several statements frees what is left
        return;
    }
    uint32_t count = htonl((uint32_t)array->count);
    memcpy(array->bytes + 12, &count, sizeof count);
    int at = parameters->count++;
    parameters->types[at] = element_types[array->element].array;
    parameters->values[at] = array->bytes;
    parameters->lengths[at] = (int)array->size;
    parameters->formats[at] = 1;
    array->bytes = NULL;
}

void pg_parameters_free(struct pg_parameters *parameters) {
    for (int i = 0; i < parameters->count; i++) {
        free(parameters->values[i]);
    }
    memset(parameters, 0, sizeof *parameters);
}

int64_t pg_get_number(const PGresult *result, int row, int column) {
    const char *value = PQgetvalue(result, row, column);
    uint64_t wide;
    uint32_t narrow;
    uint16_t small;
    switch (PQgetlength(result, row, column)) {
    case 8:
        memcpy(&wide, value, 8);
        return (int64_t)be64toh(wide);
    case 4:
        memcpy(&narrow, value, 4);
        return (int32_t)ntohl(narrow);
    case 2:
        memcpy(&small, value, 2);
        return (int16_t)ntohs(small);
    case 1:
        return value[0];
    default:
        return 0;
    }
}

int64_t pg_get_time(const PGresult *result, int row, int column) {
    if (PQgetisnull(result, row, column)) {
        return 0;
    }
    return pg_get_number(result, row, column) / 1000 + EPOCH_2000_MS;
}

const char *pg_get_text(const PGresult *result, int row, int column) {
    return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

const void *pg_get_bytes(const PGresult *result, int row, int column, size_t *size) {
    *size = (size_t)PQgetlength(result, row, column);
    return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

void pg_get_uuid(const PGresult *result, int row, int column, char text[37]) {
    text[0] = '\0';
    if (PQgetlength(result, row, column) != 16) {
        return;
    }
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = (const unsigned char *)PQgetvalue(result, row, column);
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *text++ = '-';
        }
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 15];
    }
    *text = '\0';
}
