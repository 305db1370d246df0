// SPDX-License-Identifier: Apache-2.0
// Patterns in order: the more specific first, so that an identity card is not taken for a telephone
// number. Full-width digits and letters are folded before matching. Most texts hold too few digits
// and letters for most patterns, which are then not tried.
#include "common/redaction.h"

#include "common/json.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_KNOWN 4 // bytes
#define SEPARATOR "[\\s\\-–—.·]?"
#define IDENTIFIER_WORD "(?:号码|号|id|ID|账号|帐号)?\\s*(?:[:：是为叫=]|\\s)*\\s*"

#define WECHAT "(?:微信|weixin|WeChat|wechat|威信|薇信|vx|VX|Vx|wx|WX)\\K" IDENTIFIER_WORD

static struct pattern {
    const char *mark;
    const char *expression;
    unsigned least_digits;  // ASCII digits that any match holds
    unsigned least_letters; // ASCII letters
    unsigned least_both;    // digits and letters together
    bool office;            // as much a place's as a person's
    pcre2_code *code;
} patterns[] = {
    {"〔邮箱〕",
     "[A-Za-z0-9._%+\\-]{1,64}\\s?@\\s?[A-Za-z0-9\\-]{1,63}(?:\\.[A-Za-z0-9\\-]{1,63}){1,4}", 0, 0,
     0, false, NULL},
    {"〔身份证〕",
     "(?<![0-9])[1-9][0-9]{5}" SEPARATOR "(?:18|19|20)[0-9]{2}" SEPARATOR
     "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])" SEPARATOR "[0-9]{3}[0-9Xx](?![0-9])",
     17, 0, 18, false, NULL},
    {"〔身份证〕",
     "(?<![0-9])[1-9][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}(?![0-9])", 15, 0,
     15, false, NULL},
    {"〔微信〕", WECHAT "[A-Za-z][A-Za-z0-9_\\-]{4,19}", 0, 1, 1, false, NULL},
    {"〔微信〕", WECHAT "[0-9]{5,12}", 5, 0, 5, false, NULL},
    {"〔QQ〕", "(?:QQ|qq|Qq|扣扣)\\K" IDENTIFIER_WORD "[1-9][0-9]{4,11}", 5, 0, 5, false, NULL},
    {"〔银行卡〕",
     "(?<![0-9])[3-6][0-9]{3}(?:" SEPARATOR "[0-9]{4}){3}(?:" SEPARATOR "[0-9]{1,3})?(?![0-9])", 16,
     0, 16, false, NULL},
    {"〔电话〕",
     "(?<![0-9])(?:(?:\\+|00)?86" SEPARATOR ")?1[3-9][0-9]" SEPARATOR "[0-9]{4}" SEPARATOR
     "[0-9]{4}(?![0-9])",
     11, 0, 11, false, NULL},
    {"〔电话〕", "(?<![0-9])1" SEPARATOR "[3-9](?:" SEPARATOR "[0-9]){9}(?![0-9])", 11, 0, 11,
     false, NULL},
    {"〔电话〕", "(?<![0-9])[48]00[\\s\\-]?[0-9]{3}[\\s\\-]?[0-9]{4}(?![0-9])", 10, 0, 10, true,
     NULL},
    {"〔电话〕",
     "(?<![0-9])[（(]?0[1-9][0-9]{1,2}[)）]?[\\s\\-—]?[2-8][0-9]{6,7}(?:[\\-转][0-9]{1,6})?(?![0-9]"
     ")",
     10, 0, 10, true, NULL},
    {"〔电话〕", "(?:电话|手机|号码|座机|致电|拨打|联系)\\K[号是为:：\\s]{0,4}[0-9]{7,12}(?![0-9])",
     7, 0, 7, true, NULL},
    {"〔车牌〕",
     "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-HJ-NP-Z]"
     "[\\s·.\\-]?(?:[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]|[DFABCEGHJK][A-HJ-NP-Z0-9][0-9]{4}|"
     "[0-9]{5}[DFABCEGHJK])(?![A-Za-z0-9])",
     0, 1, 5, false, NULL},
};

enum rc redaction_init(struct error *error) {
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        int code = 0;
        PCRE2_SIZE place = 0;
        patterns[i].code = pcre2_compile((PCRE2_SPTR)patterns[i].expression, PCRE2_ZERO_TERMINATED,
                                         PCRE2_UTF, &code, &place, NULL);
        if (patterns[i].code == NULL) {
            return error_set(error, RC_INTERNAL, "redaction pattern %zu: error %d at %zu", i, code,
                             (size_t)place);
        }
        pcre2_jit_compile(patterns[i].code, PCRE2_JIT_COMPLETE);
    }
    return RC_OK;
}

void redaction_close(void) {
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        pcre2_code_free(patterns[i].code);
        patterns[i].code = NULL;
    }
}

// The plain form of a full-width character (U+FF01–U+FF5E) that is a digit, a letter or @ + - . _;
// NUL where there is none. at[0] is 0xEF.
static char plain_of(const unsigned char *at) {
    if ((at[1] != 0xBC && at[1] != 0xBD) || at[2] == '\0') {
        return '\0';
    }
    int plain = (at[1] - 0xBC) * 64 + (at[2] - 0x80) + 0x20;
    bool wanted = (plain >= '0' && plain <= '9') || (plain >= 'A' && plain <= 'Z') ||
                  (plain >= 'a' && plain <= 'z') ||
                  (plain > 0x20 && plain < 0x7F && strchr("@+-._", plain) != NULL);
    return wanted ? (char)plain : '\0';
}

// Full-width digits, letters and signs become plain; the ideographic space stays. Other text is
// copied.
static char *fold(const char *text) {
    size_t size = strlen(text);
    char *folded = malloc(size + 1);
    if (folded == NULL) {
        return NULL;
    }
    char *to = folded;
    for (const char *at = text; *at != '\0';) {
        const char *next = strchrnul(at, 0xEF);
        memcpy(to, at, (size_t)(next - at));
        to += next - at;
        at = next;
        char plain = *at == '\0' ? '\0' : plain_of((const unsigned char *)at);
        if (plain != '\0') {
            *to++ = plain;
            at += 3;
        } else if (*at != '\0') {
            *to++ = *at++;
        }
    }
    *to = '\0';
    return folded;
}

// Replaces every occurrence of needle; takes text over.
static char *hide_known(char *text, const char *needle, const char *mark) {
    size_t needle_size = strlen(needle);
    size_t mark_size = strlen(mark);
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, needle)) != NULL; at += needle_size) {
        count++;
    }
    if (count == 0) {
        return text;
    }
    char *hidden = malloc(strlen(text) + count * mark_size + 1);
    char *to = hidden;
    const char *from = text;
    for (const char *at; hidden != NULL && (at = strstr(from, needle)) != NULL;) {
        memcpy(to, from, (size_t)(at - from));
        to += at - from;
        memcpy(to, mark, mark_size);
        to += mark_size;
        from = at + needle_size;
    }
    if (hidden != NULL) {
        memcpy(to, from, strlen(from) + 1);
    }
    explicit_bzero(text, strlen(text));
    free(text);
    return hidden;
}

// What a text holds of what patterns are made of.
struct contents {
    unsigned digits;
    unsigned letters;
};

static struct contents contents_of(const char *text) {
    struct contents contents = {0};
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char lower = (unsigned char)*at | 0x20;
        contents.digits += *at >= '0' && *at <= '9';
        contents.letters += lower >= 'a' && lower <= 'z';
    }
    return contents;
}

static bool may_match(const struct contents *contents, const struct pattern *pattern) {
    return contents->digits >= pattern->least_digits &&
           contents->letters >= pattern->least_letters &&
           contents->digits + contents->letters >= pattern->least_both;
}

// Takes text over.
static char *substitute(char *text, const struct pattern *pattern) {
    size_t size = strlen(text);
    PCRE2_SIZE room = size * 4 + 64;
    char *replaced = malloc(room);
    if (replaced == NULL) {
        free(text);
        return NULL;
    }
    int count = pcre2_substitute(pattern->code, (PCRE2_SPTR)text, size, 0,
                                 PCRE2_SUBSTITUTE_GLOBAL | PCRE2_NO_UTF_CHECK, NULL, NULL,
                                 (PCRE2_SPTR)pattern->mark, PCRE2_ZERO_TERMINATED,
                                 (PCRE2_UCHAR *)replaced, &room);
    if (count <= 0) {
        free(replaced);
        if (count < 0) { // what could not be searched may not travel
            text[0] = '\0';
        }
        return text;
    }
    explicit_bzero(text, size);
    free(text);
    return replaced;
}

static char *redact(const char *text, const struct redaction_known *known, bool keeps_offices) {
    char *redacted = fold(text);
    for (; redacted != NULL && known->text != NULL; known++) {
        if (strlen(known->text) >= LEAST_KNOWN) {
            redacted = hide_known(redacted, known->text, known->mark);
        }
    }
    if (redacted == NULL) {
        return NULL;
    }
    if (!text_is_clean(redacted, strlen(redacted))) { // what can't be searched may not travel
        redacted[0] = '\0';
        return redacted;
    }
    const struct contents contents = contents_of(redacted); // marks only take away from it
    for (size_t i = 0; redacted != NULL && i < sizeof patterns / sizeof patterns[0]; i++) {
        bool kept = keeps_offices && patterns[i].office;
        if (!kept && may_match(&contents, &patterns[i])) {
            redacted = substitute(redacted, &patterns[i]);
        }
    }
    return redacted;
}

char *redaction_apply(const char *text, const struct redaction_known *known) {
    return redact(text, known, false);
}

char *redaction_apply_told(const char *text) {
    static const struct redaction_known nobody[] = {{NULL, NULL}};
    return redact(text, nobody, true);
}
