// SPDX-License-Identifier: Apache-2.0
// What an If-Match of one case matches, and what looks as if it did.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/entity_tag.h"

#define TAG "0123456789abcdef"
#define OTHER "fedcba9876543210"

static void test_any_of_the_listed_tags_matches(void **unused) {
    (void)unused;
    static const struct {
        const char *if_match;
        bool matches;
    } rows[] = {
        {"*", true},
        {" * ", true},
        {"\"" TAG "\"", true},
        {"\"" OTHER "\"", false},
        {"\"" OTHER "\", \"" TAG "\"", true},
        {"\"" OTHER "\",\"" TAG "\"", true},
        {"\"" TAG "\"\t,\"" OTHER "\"", true},
        {", ,\"" OTHER "\", ,\"" TAG "\",", true}, // empty elements are no fault
        {"\"" OTHER "\", \"" OTHER "\"", false},
        {"\"" OTHER ", \", \"" TAG "\"", false}, // a blank is in no tag
        {"\"" OTHER ",\", \"" TAG "\"", true},   // a comma may be
        {"\"x,\"" TAG "\"", false},              // the tag stands outside of quotes
        {"W/\"" TAG "\"", false},                // weak tags never match strongly
        {"W/\"" TAG "\", \"" OTHER "\"", false}, //
        {"W/\"" OTHER "\", \"" TAG "\"", true},  //
        {"w/\"" TAG "\"", false},                //
        {"\"W/" TAG "\"", false},                //
        {"*, \"" TAG "\"", false},               // "*" stands alone
        {"\"" OTHER "\", *", false},             //
        {TAG, false},                            // without quotes
        {"\"" TAG, false},                       // without the second
        {"\"" TAG "\" \"" OTHER "\"", false},    // no comma
        {"\"" OTHER "\" \"" TAG "\"", false},    //
        {"\"" TAG "0\"", false},                 //
        {"\"0123456789abcde\"", false},          //
        {"\"\"", false},                         //
        {"", false},                             //
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (entity_tag_matches(rows[i].if_match, TAG) != rows[i].matches) {
            fail_msg("%s", rows[i].if_match);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_of_the_listed_tags_matches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
