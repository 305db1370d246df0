// SPDX-License-Identifier: Apache-2.0
// One row a meaning, its phrases separated by blanks, longer ones first among those of one
// beginning; the longest match wins over all rows. The first phrase's character is the symbol. Most
// characters begin no phrase: a bit for each that does spares the rows.
#include "phrasing.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#define SYMBOL_BASE 0x110000U // above every character
#define CHARACTER 3           // bytes of each character in the table

static const struct {
    bool silent; // says nothing of the matter
    const char *phrases;
} meanings[] = {
    {true, "请问 您好 你好 我想知道 我想问 想问一下 想问 请教 谢谢 麻烦 吗 呢 啊 呀 吧 了 的 么"},
    {false, "怎么样 怎样 如何 怎么 咋样 咋 该怎"},
    {false, "能不能 可不可以 是否可以 可以 能否 可否 能够 是否能 会不会 能 会"},
    {false, "小孩子 小朋友 宝宝 小孩 孩子 儿童 小儿 婴儿 婴幼儿 幼儿 宝贝"},
    {false, "什么样 什么 哪些 哪种 哪个 啥 多少 何"},
    {false, "什么原因 怎么回事 为什么 为何 咋回事 原因 因"},
    {false, "怎么治疗 治疗 医治 治好 治愈 痊愈 根治 治"},
    {false, "服用 口服 使用 用药 喝 吃 用"},
    {false, "患者 病人 患上 得了 得 患 病"},
    {false, "不良反应 副作用 反应"},
    {false, "症状 表现"},
    {false, "预防 避免 防"},
    {false, "多长时间 多久 几天"},
    {false, "严重 厉害 重"},
    {false, "传染 感染"},
    {false, "区别 不同 差别"},
    {false, "注意事项 注意"},
    {false, "怎么办 怎么处理 怎么做"},
    {false, "怀孕 孕妇 孕期"},
    {false, "医生 大夫 医师"},
    {false, "老人 老年人 老人家"},
    {false, "等候 等待 排队 等"},
    {false, "收费 费用 价格 价钱"},
    {false, "投诉 举报 反映"},
    {false, "态度恶劣 态度很差 态度差 态度不好"},
    {false, "没有人 没人 无人"},
};

static unsigned char begins[0x10000 / 8]; // a bit a character
static pthread_once_t begins_once = PTHREAD_ONCE_INIT;

// Of three bytes, as all in the table are.
static uint32_t first_character(const char *text) {
    const unsigned char *bytes = (const unsigned char *)text;
    return (bytes[0] & 0x0FU) << 12 | (bytes[1] & 0x3FU) << 6 | (bytes[2] & 0x3FU);
}

static void mark_beginnings(void) {
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        for (const char *at = meanings[i].phrases; at != NULL; at = strchr(at, ' ')) {
            at += *at == ' ';
            uint32_t character = first_character(at);
            begins[character / 8] |= (unsigned char)(1U << character % 8);
        }
    }
}

static bool begins_one(const char *text) {
    uint32_t character = first_character(text);
    pthread_once(&begins_once, mark_beginnings);
    return (begins[character / 8] & 1U << character % 8) != 0;
}

// Bytes of the longest of these phrases with which the text begins.
static size_t match(const char *phrases, const char *text, size_t size) {
    size_t longest = 0;
    for (const char *at = phrases; *at != '\0';) {
        size_t length = strcspn(at, " ");
        if (length > longest && length <= size && memcmp(at, text, length) == 0) {
            longest = length;
        }
        at += length + (at[length] == ' ');
    }
    return longest;
}

size_t phrasing_match(const char *text, size_t size, uint32_t *symbol) {
    size_t longest = 0;
    if (size < CHARACTER || (unsigned char)text[0] < 0xE4 || !begins_one(text)) {
        return 0; // none begins below U+4000
    }
    for (uint32_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        size_t length = match(meanings[i].phrases, text, size);
        if (length > longest) {
            longest = length;
            *symbol = meanings[i].silent ? 0 : SYMBOL_BASE + i;
        }
    }
    return longest;
}
