// SPDX-License-Identifier: Apache-2.0
// Who complains again is known however they write their number.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "contact_spelling.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

struct row {
    const char *from, *to;
};

static void assert_spelled(void (*spell)(const char *, char *), const struct row *rows,
                           size_t count) {
    char to[CONTACT_SPELLING_SIZE];
    for (size_t i = 0; i < count; i++) {
        spell(rows[i].from, to);
        assert_string_equal(to, rows[i].to);
    }
}

static void test_a_mobile_number_is_one_however_it_is_written(void **unused) {
    (void)unused;
    static const struct row rows[] = {{"13912887300", "13912887300"},
                                      {"139 1288-7300", "13912887300"},
                                      {"+86 13912887300", "13912887300"},
                                      {"(+86)139-1288-7300", "13912887300"},
                                      {"8613912887300", "13912887300"},
                                      {"008613912887300", "13912887300"},
                                      {"00 86 139 1288 7300", "13912887300"},
                                      {"013912887300", "13912887300"},
                                      {"１３９１２８８７３００", "13912887300"},
                                      {"＋８６　１３９１２８８７３００", "13912887300"}};
    assert_spelled(contact_spelling_phone, rows, COUNT(rows));
}

static void test_other_numbers_keep_each_digit(void **unused) {
    (void)unused;
    static const struct row rows[] = {{"010-62345678", "01062345678"},
                                      {"８６", "86"},
                                      {"0086", "0086"},
                                      {"12912887300", "12912887300"},
                                      {"8612912887300", "8612912887300"},
                                      {"86139128873001", "86139128873001"},
                                      {"+44 20 7946 0958", "442079460958"},
                                      {"转", ""},
                                      {"", ""},
                                      {"\xff"
                                       "139",
                                       "139"}};
    assert_spelled(contact_spelling_phone, rows, COUNT(rows));
}

static void test_a_fixed_number_is_one_however_it_is_written(void **unused) {
    (void)unused;
    static const struct row rows[] = {{"010-62345678", "01062345678"},
                                      {"+86 10 62345678", "01062345678"},
                                      {"+86 (0)10 6234-5678", "01062345678"},
                                      {"0086-10-62345678", "01062345678"},
                                      {"0086 010 62345678", "01062345678"},
                                      {"86-10-62345678", "01062345678"},
                                      {"＋８６　１０－６２３４５６７８", "01062345678"},
                                      {"+86 21 62345678", "02162345678"},
                                      {"+86 571 8765 4321", "057187654321"},
                                      {"0571-8765432", "05718765432"},
                                      {"+86 571 8765432", "05718765432"},
                                      {"+86 10 62345678 x801", "01062345678x801"},
                                      {"010-62345678 X801", "01062345678x801"},
                                      {"400-810-0000", "4008100000"},
                                      {"+86 400 810 0000", "4008100000"}};
    assert_spelled(contact_spelling_phone, rows, COUNT(rows));
}

// 139 1288 7300 and +1 391 288 7300 are two people.
static void test_a_number_of_another_country_is_no_chinese_one(void **unused) {
    (void)unused;
    static const struct row rows[] = {{"+1 391 288 7300", "+13912887300"},
                                      {"+1 (391) 288-7300", "+13912887300"},
                                      {"＋１　３９１　２８８　７３００", "+13912887300"},
                                      {"001 391 288 7300", "+13912887300"},
                                      {"+1 212 555 0100", "12125550100"},
                                      {"001-212-555-0100", "12125550100"},
                                      {"+44 20 7946 0958", "442079460958"},
                                      {"0044 20 7946 0958", "442079460958"},
                                      {"+852 2345 6789", "85223456789"}};
    assert_spelled(contact_spelling_phone, rows, COUNT(rows));
}

static void test_an_address_and_an_identity_number_have_one_spelling(void **unused) {
    (void)unused;
    static const struct row addresses[] = {
        {"Zhou@Example.org", "zhou@example.org"},
        {" zhou@example.org\t", "zhou@example.org"},
        {"ｚｈｏｕ＠ｅｘａｍｐｌｅ．ｏｒｇ", "zhou@example.org"}};
    static const struct row numbers[] = {
        {"11010119900307123X", "11010119900307123x"},
        {"110101 19900307 123x", "11010119900307123x"},
        {"１１０１０１１９９００３０７１２３Ｘ", "11010119900307123x"}};
    assert_spelled(contact_spelling_email, addresses, COUNT(addresses));
    assert_spelled(contact_spelling_identity, numbers, COUNT(numbers));
}

static void test_what_is_long_is_cut(void **unused) {
    (void)unused;
    char from[3 * CONTACT_SPELLING_SIZE];
    char to[CONTACT_SPELLING_SIZE];
    memset(from, '7', sizeof from);
    from[sizeof from - 1] = '\0';
    contact_spelling_phone(from, to);
    assert_int_equal(strlen(to), CONTACT_SPELLING_SIZE - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mobile_number_is_one_however_it_is_written),
        cmocka_unit_test(test_other_numbers_keep_each_digit),
        cmocka_unit_test(test_a_fixed_number_is_one_however_it_is_written),
        cmocka_unit_test(test_a_number_of_another_country_is_no_chinese_one),
        cmocka_unit_test(test_an_address_and_an_identity_number_have_one_spelling),
        cmocka_unit_test(test_what_is_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
