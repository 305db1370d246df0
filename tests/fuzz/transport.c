// SPDX-License-Identifier: Apache-2.0
// What a mail server and a web hook's subscriber answer: 'm' or 'h', then one block for each
// connection that is opened to them.
#include "fake_net.h"

#include "transport.h"

#define SECRET "000102030405060708090a0b0c0d0e0f"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct mail mail = {.to = "somebody@example.org",
                                     .subject = "投诉已受理",
                                     .body = "您好",
                                     .message_id = "01234567-89ab-8def-8123-456789abcdef",
                                     .date_ms = INT64_C(1770000000000)};
    static const struct hook hook = {.url = "http://127.0.0.1:1/hook",
                                     .id = "01234567-89ab-8def-8123-456789abcdef",
                                     .body = "{}",
                                     .now_ms = INT64_C(1770000000000)};
    static struct transport *transport;
    struct fuzz_input input = {data, size};
    struct error error = {.text = ""};
    if (transport == NULL) {
        FUZZ_CHECK(transport_new(&transport, "smtp://127.0.0.1:1", "bureau@example.org", SECRET,
                                 &error) == RC_OK);
    }
    uint8_t kind = fuzz_byte(&input);
    fake_net_begin(input.at, input.left);
    enum rc rc = kind == 'm' ? transport_mail(transport, &mail, &error)
                             : transport_hook(transport, &hook, &error);
    FUZZ_CHECK(rc == RC_OK || ((rc == RC_UNAVAILABLE || rc == RC_INVALID) && error.code[0] != 0));
    fake_net_end();
    return 0;
}
