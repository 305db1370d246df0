// SPDX-License-Identifier: Apache-2.0
// One row a meaning, its phrases separated by blanks; the longest match wins over all rows. Phrases
// are found by their first character, as most characters begin none.
#include "phrasing.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOL_BASE 0x110000U // above every character
#define CHARACTER 3           // bytes of each character in the table
#define PHRASES 200           // room; at most 255

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

// Phrases by their first character, of one character the longest first, then by row.
struct phrase {
    const char *text;
    uint32_t size; // bytes
    uint32_t row;
};

static struct phrase phrases[PHRASES];
static unsigned char first_of[0x10000]; // of a character: where its phrases begin, and one; 0: none
static pthread_once_t once = PTHREAD_ONCE_INIT;

// Of three bytes, as all in the table are.
static uint32_t first_character(const char *text) {
    const unsigned char *bytes = (const unsigned char *)text;
    return (bytes[0] & 0x0FU) << 12 | (bytes[1] & 0x3FU) << 6 | (bytes[2] & 0x3FU);
}

static int by_beginning(const void *one, const void *other) {
    const struct phrase *a = one;
    const struct phrase *b = other;
    int order = memcmp(a->text, b->text, CHARACTER);
    order = order != 0 ? order : (a->size < b->size) - (a->size > b->size);
    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

static void sort_phrases(void) {
    size_t count = 0;
    for (uint32_t row = 0; row < sizeof meanings / sizeof meanings[0]; row++) {
        for (const char *at = meanings[row].phrases; *at != '\0' && count < PHRASES; count++) {
            size_t size = strcspn(at, " ");
            phrases[count] = (struct phrase){at, (uint32_t)size, row};
            at += size + (at[size] == ' ');
        }
    }
    qsort(phrases, count, sizeof phrases[0], by_beginning);
    for (size_t i = count; i > 0; i--) {
        first_of[first_character(phrases[i - 1].text)] = (unsigned char)i;
    }
}

size_t phrasing_match(const char *text, size_t size, uint32_t *symbol) {
    if (size < CHARACTER || (unsigned char)text[0] < 0xE4) {
        return 0; // none begins below U+4000
    }
    pthread_once(&once, sort_phrases);
    uint32_t character = first_character(text);
    for (size_t i = first_of[character]; i != 0 && i <= PHRASES; i++) {
        const struct phrase *phrase = &phrases[i - 1];
        if (phrase->text == NULL || first_character(phrase->text) != character) {
            return 0;
        }
        if (phrase->size <= size && memcmp(phrase->text, text, phrase->size) == 0) {
            *symbol = meanings[phrase->row].silent ? 0 : SYMBOL_BASE + phrase->row;
            return phrase->size;
        }
    }
    return 0;
}
