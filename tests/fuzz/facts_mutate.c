// SPDX-License-Identifier: Apache-2.0
// libFuzzer's bytes break a message long before its readers look into it. So most mutations here
// know what a batch of facts is (facts.h): they change a fact's type, add one, or change one field
// of a fact by its descriptor. The others are libFuzzer's own.
#include "facts.h"

#include "../../services/ledger/fact.h"

#include <string.h>

#define TEXT_MOST 4096
#define VALUE_MOST 65535
#define COUNT(list) (sizeof(list) / sizeof(list)[0])

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most); // of libFuzzer
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

static uint64_t state;

static size_t draw(size_t below) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(state >> 33) % below;
}

static int64_t draw_number(int64_t now) {
    static const int64_t numbers[] = {0,
                                      1,
                                      2,
                                      4,
                                      5,
                                      100,
                                      -1,
                                      INT32_MAX,
                                      INT64_MAX,
                                      INT64_MIN,
                                      INT64_C(1770000000000),
                                      INT64_C(1770086400000),
                                      INT64_C(1801536000000),
                                      INT64_C(253402300799999),
                                      INT64_C(253402300800000)};
    size_t place = draw(COUNT(numbers) + 2);
    return place < COUNT(numbers)
               ? numbers[place]
               : (int64_t)((uint64_t)now + (place == COUNT(numbers) ? 1 : -1ULL));
}

static char *draw_text(const char *now) {
    static const char *const texts[] = {"",
                                        "01234567-89ab-8def-8123-456789abcdef",
                                        "11234567-89ab-8def-8123-456789abcde0",
                                        "resolution",
                                        "first_response",
                                        "supervision-1",
                                        "co-handling-1",
                                        "escalation-1",
                                        "follow_up_1",
                                        "first-hospital",
                                        "bureau",
                                        "first-hospital.nursing",
                                        "cn-medical@1",
                                        "other",
                                        "suicide-risk",
                                        "petition,several-departments",
                                        "rework",
                                        "case_registered",
                                        "zh-CN",
                                        "en",
                                        "我要跳楼"};
    size_t place = draw(2 * COUNT(texts));
    const char *from = place < COUNT(texts) ? texts[place] : now;
    char *text = malloc(TEXT_MOST + 1);
    FUZZ_CHECK(text != NULL);
    size_t size = strnlen(from, TEXT_MOST);
    memcpy(text, from, size);
    if (from == now) {
        size = LLVMFuzzerMutate((uint8_t *)text, size, TEXT_MOST);
    }
    text[size] = '\0';
    return text;
}

static void change_text(char **text, const void *fallback) {
    char *next = draw_text(*text);
    if (*text != fallback && *text != protobuf_c_empty_string) {
        free(*text);
    }
    *text = next;
}

static void change_bytes(ProtobufCBinaryData *bytes) {
    uint8_t *next = malloc(TEXT_MOST);
    FUZZ_CHECK(next != NULL);
    size_t size = bytes->len < TEXT_MOST ? bytes->len : TEXT_MOST;
    if (size > 0) {
        memcpy(next, bytes->data, size);
    }
    size = draw(4) == 0 ? draw(65) : LLVMFuzzerMutate(next, size, TEXT_MOST);
    if (bytes->len > 0) {
        free(bytes->data);
    }
    *bytes = (ProtobufCBinaryData){size, size == 0 ? NULL : next};
    if (size == 0) {
        free(next);
    } else if (size > 0) {
        next[draw(size)] ^= 1;
    }
}

static void change(ProtobufCMessage *message, int depth);

static ProtobufCMessage *new_message(const ProtobufCMessageDescriptor *descriptor) {
    ProtobufCMessage *message = malloc(descriptor->sizeof_message);
    FUZZ_CHECK(message != NULL);
    protobuf_c_message_init(descriptor, message);
    return message;
}

static void change_message(ProtobufCMessage **message, const ProtobufCMessageDescriptor *descriptor,
                           int depth) {
    if (*message == NULL) {
        *message = new_message(descriptor);
    } else if (draw(16) == 0) {
        protobuf_c_message_free_unpacked(*message, NULL);
        *message = NULL;
    } else {
        change(*message, depth + 1);
    }
}

// At where a value of the field's type stands.
static void change_value(const ProtobufCFieldDescriptor *field, void *at, int depth) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        change_text(at, field->default_value);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        change_bytes(at);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        change_message(at, field->descriptor, depth);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = !*(protobuf_c_boolean *)at;
        break;
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)at = (int)draw(12);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        *(int64_t *)at = draw_number(*(int64_t *)at);
        break;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
        *(int32_t *)at = (int32_t)draw_number(*(int32_t *)at);
        break;
    default:
        FUZZ_CHECK(field->type == PROTOBUF_C_TYPE_STRING); // no fact has had such a field
    }
}

static size_t size_of(const ProtobufCFieldDescriptor *field) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return sizeof(int64_t);
    default:
        return sizeof(int32_t);
    }
}

// One more, or a change of one that is there. A repeated message is never NULL.
static void change_list(const ProtobufCFieldDescriptor *field, char **list, size_t *count,
                        int depth) {
    size_t size = size_of(field);
    if (*count == 0 || draw(4) == 0) {
        char *grown = realloc(*list, (*count + 1) * size);
        FUZZ_CHECK(grown != NULL);
        *list = grown;
        memset(grown + *count * size, 0, size);
        if (field->type == PROTOBUF_C_TYPE_STRING) {
            *(char **)(void *)(grown + *count * size) = draw_text("");
        } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            *(ProtobufCMessage **)(void *)(grown + *count * size) = new_message(field->descriptor);
        }
        (*count)++;
        return;
    }
    void *at = *list + draw(*count) * size;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        change(*(ProtobufCMessage **)at, depth + 1);
    } else {
        change_value(field, at, depth);
    }
}

static void change(ProtobufCMessage *message, int depth) {
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    if (descriptor->n_fields == 0 || depth > 8) {
        return;
    }
    const ProtobufCFieldDescriptor *field = &descriptor->fields[draw(descriptor->n_fields)];
    char *at = (char *)message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t *count = (size_t *)(void *)((char *)message + field->quantifier_offset);
        change_list(field, (char **)(void *)at, count, depth);
    } else {
        change_value(field, at, depth);
    }
}

// An input, and one fact in it.
struct batch {
    uint8_t *data;
    size_t size;
    size_t most;
    size_t begin;
    size_t end;
};

// Where the facts of a batch begin; how many.
static size_t find_facts(const uint8_t *data, size_t size, size_t begins[FACTS_MOST]) {
    size_t count = 0;
    for (size_t at = 0; at + 3 <= size && count < FACTS_MOST; count++) {
        begins[count] = at;
        at += 3 + (size_t)data[at + 1] * 256 + data[at + 2];
    }
    return count;
}

// Puts another value in the place of the fact's; what does not fit changes nothing. The new size.
static size_t replace(const struct batch *batch, const uint8_t *value, size_t value_size) {
    uint8_t *at = batch->data + batch->begin;
    size_t after = batch->size - batch->end;
    size_t size = batch->begin + 3 + value_size + after;
    if (value_size > VALUE_MOST || size > batch->most) {
        return batch->size;
    }
    memmove(at + 3 + value_size, batch->data + batch->end, after);
    memcpy(at + 3, value, value_size);
    at[1] = (uint8_t)(value_size >> 8);
    at[2] = (uint8_t)value_size;
    return size;
}

// NULL where it can't be read.
static ProtobufCMessage *read_fact(const struct batch *batch) {
    const uint8_t *at = batch->data + batch->begin;
    enum fact_kind kind = (uint8_t)(at[0] - '0') % FACTS_KINDS;
    ProtobufCMessage *message = NULL;
    struct fact fact;
    struct error error;
    bool good = kind < FACT_KIND_COUNT && fact_unpack(kind, at + 3, batch->end - batch->begin - 3,
                                                      &fact, &message, &error) == RC_OK;
    return good ? message : NULL;
}

// Takes the message over.
static size_t write_fact(const struct batch *batch, ProtobufCMessage *message) {
    size_t value_size = protobuf_c_message_get_packed_size(message);
    uint8_t *value = malloc(value_size + 1);
    FUZZ_CHECK(value != NULL);
    protobuf_c_message_pack(message, value);
    fact_release(message);
    size_t size = replace(batch, value, value_size);
    free(value);
    return size;
}

static size_t change_fact(const struct batch *batch) {
    ProtobufCMessage *message = read_fact(batch);
    if (message == NULL) {
        return LLVMFuzzerMutate(batch->data, batch->size, batch->most);
    }
    for (size_t i = 1 + draw(3); i > 0; i--) {
        change(message, 0);
    }
    return write_fact(batch, message);
}

// The next fact of the same case, at the end: of this type, which another mutation may change.
static size_t repeat_fact(const struct batch *batch) {
    size_t size = batch->size;
    ProtobufCMessage *message = size + 3 > batch->most ? NULL : read_fact(batch);
    if (message == NULL) {
        return size;
    }
    struct fact fact;
    memcpy(&fact.body, message, sizeof fact.body.header);
    fact.body.header.meta->sequence++;
    memcpy(batch->data + size, (const uint8_t[]){batch->data[batch->begin], 0, 0}, 3);
    const struct batch last = {batch->data, size + 3, batch->most, size, size + 3};
    return write_fact(&last, message);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
    size_t begins[FACTS_MOST];
    state = seed;
    size_t way = draw(8);
    size_t count = find_facts(data, size, begins);
    if (count == 0 || way == 0) {
        return LLVMFuzzerMutate(data, size, most);
    }
    size_t begin = begins[draw(count)];
    size_t end = begin + 3 + (size_t)data[begin + 1] * 256 + data[begin + 2];
    const struct batch batch = {data, size, most, begin, end < size ? end : size};
    if (way == 1) {
        data[begin] = (uint8_t)('0' + draw(FACTS_KINDS));
        return size;
    }
    return way == 2 ? repeat_fact(&batch) : change_fact(&batch);
}
