// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/redaction.h"

// Text, and what it becomes; NULL: it stays.
static const char *const rows[][2] = {
    {"电话13812345678", "电话〔电话〕"},
    {"电话 138 1234 5678 找我", "电话 〔电话〕 找我"},
    {"138-1234-5678", "〔电话〕"},
    {"+86 13812345678", "〔电话〕"},
    {"8613812345678", "〔电话〕"},
    {"１３８１２３４５６７８", "〔电话〕"},
    {"1 3 8 1 2 3 4 5 6 7 8", "〔电话〕"},
    {"座机010-62345678", "座机〔电话〕"},
    {"0571-87654321转8012", "〔电话〕"},
    {"(021)52345678", "〔电话〕"},
    {"400-820-8820", "〔电话〕"},
    {"800 810 1234", "〔电话〕"},
    {"拨打87654321", "拨打〔电话〕"},
    {"身份证110101199003077715", "身份证〔身份证〕"},
    {"11010119900307771X", "〔身份证〕"},
    {"110101 19900307 7715", "〔身份证〕"},
    {"老证110101900307771", "老证〔身份证〕"},
    {"卡号6222021234567890123", "卡号〔银行卡〕"},
    {"6222 0212 3456 7890", "〔银行卡〕"},
    {"信箱a.b+c@mail.example.org收", "信箱〔邮箱〕收"},
    {"ABC@example.com", "〔邮箱〕"},
    {"ａｂｃ＠example.com", "〔邮箱〕"},
    {"车牌京A12345", "车牌〔车牌〕"},
    {"沪B·D1234", "〔车牌〕"},
    {"粤AD12345是新能源", "〔车牌〕是新能源"},
    {"微信号abc_12345", "微信〔微信〕"},
    {"微信：zhang_san8", "微信〔微信〕"},
    {"加我wx: lili2020", "加我wx〔微信〕"},
    {"QQ123456789", "QQ〔QQ〕"},
    {"qq号：10001234", "qq〔QQ〕"},
    {"我叫李明远，李明远投诉", "我叫〔姓名〕，〔姓名〕投诉"},
    {"住在东湖路12号3单元，请来", "住在〔地址〕，请来"},
    // What must stay.
    {"交了12000元", NULL},
    {"2026-11-24到院", NULL},
    {"2026年11月24日上午9点30分", NULL},
    {"住8楼0812室", NULL},
    {"血压160/95，心率88", NULL},
    {"等了3个小时", NULL},
    {"120急救", NULL},
    {"拨打12345反映", NULL},
    {"微信支付失败", NULL},
    {"第3次，共15人", NULL},
    {"白细胞12.5×10^9/L", NULL},
    {"CT编号20260012", NULL},
    {"价格1999.99", NULL},
    {"QQ群里说的", NULL},
    {"京城医院A座", NULL},
    {"", NULL},
};

static int compile(void **unused) {
    (void)unused;
    return redaction_init(NULL) == RC_OK ? 0 : -1;
}

static int release(void **unused) {
    (void)unused;
    redaction_close();
    return 0;
}

static void test_redaction_table(void **unused) {
    (void)unused;
    static const struct redaction_known known[] = {{"李明远", REDACTION_NAME},
                                                   {"东湖路12号3单元", REDACTION_ADDRESS},
                                                   {"李", REDACTION_NAME}, // too common to hide
                                                   {NULL, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *redacted = redaction_apply(rows[i][0], known);
        assert_non_null(redacted);
        assert_string_equal(redacted, rows[i][1] == NULL ? rows[i][0] : rows[i][1]);
        free(redacted);
    }
}

static void test_redaction_twice_changes_nothing_more(void **unused) {
    (void)unused;
    static const struct redaction_known nothing[] = {{NULL, NULL}};
    char *once = redaction_apply("电话13812345678，微信abc_123456，京A12345", nothing);
    char *twice = redaction_apply(once, nothing);
    assert_string_equal(once, twice);
    free(once);
    free(twice);
}

static void test_redaction_of_what_people_are_told_keeps_an_offices_number(void **unused) {
    (void)unused;
    static const char *const told[][2] = {
        {"请致电010-62345678或400-820-8820", NULL},
        {"拨打87654321", NULL},
        {"请联系张三13812345678", "请联系张三〔电话〕"},
        {"身份证11010119900307771X", "身份证〔身份证〕"},
        {"退至卡号6222021234567890123", "退至卡号〔银行卡〕"},
        {"a.b@example.org", "〔邮箱〕"},
    };
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        char *redacted = redaction_apply_told(told[i][0]);
        assert_non_null(redacted);
        assert_string_equal(redacted, told[i][1] == NULL ? told[i][0] : told[i][1]);
        free(redacted);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redaction_table),
        cmocka_unit_test(test_redaction_twice_changes_nothing_more),
        cmocka_unit_test(test_redaction_of_what_people_are_told_keeps_an_offices_number),
    };
    return cmocka_run_group_tests(tests, compile, release);
}
