// SPDX-License-Identifier: Apache-2.0
// The example region loads and hangs together; each way to break it is named by file, line and key.
#include "common/region.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EXAMPLE "deploy/region/example"

static const char *const files[] = {"region.yaml",    "institutions.yaml", "categories.yaml",
                                    "policies.yaml",  "staff.yaml",        "hooks.yaml",
                                    "templates.yaml", "lexicon.yaml",      "commitments.yaml"};

static char *read_text(const char *directory, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, size, file), size);
    text[size] = '\0';
    fclose(file);
    return text;
}

static FILE *open_new(const char *directory, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    return file;
}

// The copy stands elsewhere: what the example names relative to itself is named from the root.
static void put_text(FILE *file, const char *text) {
    static const char relative[] = ": ../../";
    char root[400];
    assert_non_null(getcwd(root, sizeof root));
    for (const char *at; (at = strstr(text, relative)) != NULL; text = at + strlen(relative)) {
        fprintf(file, "%.*s: %s/deploy/", (int)(at - text), text, root);
    }
    fputs(text, file);
}

// A copy of the example in which the first "from" of one file is "to"; gives that line's number.
static unsigned copy_broken(const char *directory, const char *broken, const char *from,
                            const char *to) {
    unsigned line = 1;
    for (size_t i = 0; i < COUNT(files); i++) {
        char *text = read_text(EXAMPLE, files[i]);
        FILE *file = open_new(directory, files[i]);
        char *at = strcmp(files[i], broken) == 0 ? strstr(text, from) : NULL;
        if (at == NULL) {
            put_text(file, text);
        } else {
            char *broken_text = NULL;
            assert_true(asprintf(&broken_text, "%.*s%s%s", (int)(at - text), text, to,
                                 at + strlen(from)) > 0);
            put_text(file, broken_text);
            free(broken_text);
            for (const char *c = text; c < at; c++) {
                line += *c == '\n' ? 1 : 0;
            }
        }
        assert_true(at != NULL || strcmp(files[i], broken) != 0);
        fclose(file);
        free(text);
    }
    return line;
}

static void remove_copy(const char *directory) {
    char path[512];
    for (size_t i = 0; i < COUNT(files); i++) {
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        unlink(path);
    }
    rmdir(directory);
}

// line_after: lines from the begin of the replaced text to where the fault stands.
struct fault {
    const char *file, *from, *to;
    unsigned line_after;
    const char *key, *what;
};

static void assert_fault(const struct fault *fault) {
    char directory[] = "/tmp/redress-region-XXXXXX";
    char place[80];
    struct region *region = NULL;
    struct error error = {.text = ""};
    assert_non_null(mkdtemp(directory));
    unsigned line = copy_broken(directory, fault->file, fault->from, fault->to);
    enum rc rc = region_load(&region, directory, &error);
    remove_copy(directory);
    snprintf(place, sizeof place, "/%s:%u: ", fault->file, line + fault->line_after);
    if (rc != RC_INVALID || strstr(error.text, place) == NULL ||
        strstr(error.text, fault->key) == NULL || strstr(error.text, fault->what) == NULL) {
        fail_msg("\"%s\" for \"%s\" in %s: want %s … %s … %s, got %d: %s", fault->to, fault->from,
                 fault->file, place, fault->key, fault->what, rc, error.text);
    }
    assert_null(region);
    assert_string_equal(error.field, fault->file);
}

static void assert_faults(const struct fault *faults, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_fault(&faults[i]);
    }
}

static void test_region_file_of_wrong_form_is_named(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"region.yaml", "zone:", "zonne:", 0, "zonne", "Unexpected key"},
        {"region.yaml", "version: 1", "version: one", 0, "version", "Invalid"},
        {"region.yaml", "version: 1", "version: 1.5", 0, "mapping field 'version'", "\"1.5\""},
        {"lexicon.yaml", "weight: 60", "weight: 060", 0, "mapping field 'weight'", "\"060\""},
        {"staff.yaml", "staff:\n", "---\nstaff:\n", 0, "", "second document"},
        {"region.yaml", "version: 1", "version: 1\nversion: 2", 0, "version", "already seen"},
        {"region.yaml", "\nname: ", "\nname: [x]\n#", 1, "name", "Expecting STRING"},
        {"region.yaml", "zone: Asia/Shanghai\n", "", (unsigned)-3, "zone", "Missing required"},
        {"region.yaml", "Asia/Shanghai", "Europe/London", 0, "zone", "daylight saving"},
        {"region.yaml", "Asia/Shanghai", "Asia/Shanghia", 0, "zone", "tz database"},
        {"region.yaml", "calendar: cn-state-council", "calendar: cn-nothing", 0, "calendar",
         "there is no calendar"},
        {"institutions.yaml", "ladder: [xu-mo, yan-qi", "ladder: [shen-yue, yan-qi", 0,
         "anning-centre.ward: ladder", "shen-yue, for whom the cases of anning-centre.ward"},
        {"institutions.yaml", "ladder: [yan-qi, lin", "ladder: [tang-wei, lin", 0,
         "anning-centre: ladder", "tang-wei, for whom the cases of anning-centre do not exist"},
        {"institutions.yaml", "    ladder: [he-jing]", "    ladders: [he-jing]", 0, "ladders",
         "Unexpected key"},
        {"institutions.yaml", "ladder: [he-jing]}", "ladder: []}", 0, "ladder", "Insufficient"},
        {"policies.yaml", "unit: minutes", "unit: fortnights", 0, "unit", "Invalid ENUM"},
        {"policies.yaml", "value: 60", "value: -1", 0, "value", "Invalid"},
        {"policies.yaml", "{value: 60, unit: minutes}", "{value: 60}", 0,
         "packs[1].ladder.levels[2].after.unit", "Missing required"},
        {"lexicon.yaml", "\"打不通\"", "\"\"", 0, "any", "length"},
    };
    assert_faults(faults, COUNT(faults));
}

static void test_region_wrong_people_and_policies_are_named(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"institutions.yaml", "code: xishan-district\n", "code: bureau\n", 0, "bureau: code",
         "twice"},
        {"institutions.yaml", "code: hope-line.duty", "code: songbai-home.care", 0,
         "songbai-home.care: code", "twice"},
        {"institutions.yaml", "code: hope-line\n", "code: Hope_Line\n", 0, "Hope_Line: code",
         "allowed"},
        {"institutions.yaml", "parent: xishan-district", "parent: nowhere", 0,
         "songbai-home: parent", "nowhere"},
        {"institutions.yaml", "    ladder: [lin-zhiyuan, gao-min]",
         "    parent: donghu-district\n    ladder: [lin-zhiyuan, gao-min]", 0, "bureau: parent",
         "ring"},
        {"institutions.yaml", "type: help-line", "type: unknown-type", 0, "hope-line: type",
         "no policy"},
        {"institutions.yaml", "[dong-li, luo-peng]", "[dong-li, nobody]", 0, "songbai-home: ladder",
         "nobody"},
        {"policies.yaml", "  - hotline\n", "  - hotlines\n", 0, "hotlines: ", "no such pack"},
        {"policies.yaml", "  - hotline\n", "  - elderly-care\n", 0, "\"elderly-care\"",
         "is there twice"},
        {"policies.yaml", "institution_types: [bureau]", "institution_types: [burea]", 0,
         "qinghe-bureau: institution_types", "\"burea\" is no institution's here"},
        {"policies.yaml", "[demo-clinic]", "[demo-clinik]", 0, "demo-seconds: institutions",
         "demo-clinik"},
        {"policies.yaml", "restarts: [new-facts, rework]", "restarts: [new-facts, reworks]", 0,
         ": restarts", "\"reworks\" is none of"},
        {"policies.yaml", "situations: [short-review]", "situations: [petitoin]", 0,
         ": situations: ", "\"petitoin\" is none of region.yaml's situations"},
        {"policies.yaml", "calendar: cn-state-council\n", "calendar: cn\n", 0,
         "qinghe-bureau: calendar", "no calendar"},
        {"policies.yaml", "longer_law_prevails: true", "statutory: true", 0,
         "qinghe-bureau-resolution: statutory", "only a national law's"},
        {"institutions.yaml", "[tang-wei, lin-zhiyuan]", "[auditor, lin-zhiyuan]", 0,
         "first-hospital: ladder", "none of the roles"},
        {"institutions.yaml", "[shen-yue, tang-wei, lin-zhiyuan]", "[shen-yue, cao-bin]", 0,
         "first-hospital.nursing: ladder", "rung 2 is cao-bin"},
        {"staff.yaml", "roles: [auditor]", "roles: [king]", 0, "auditor: roles", "king"},
        {"staff.yaml", "roles: [administrator]", "roles: [auditor]", -22U, "staff: roles",
         "nobody is an administrator"},
        {"staff.yaml", "roles: [administrator], institutions: [\"*\"]",
         "roles: [administrator], institutions: [first-hospital]", -22U, "staff: roles",
         "administrator of all institutions"},
        {"staff.yaml", "gao-min@example.org", "gao-min", 0, "gao-min: email", "e-mail"},
        {"staff.yaml", "units: [hope-line.duty]", "units: [hope-line.night]", 0, "yu-tong: units",
         "hope-line.night"},
        {"staff.yaml", "language: en", "language: fr", 0, "auditor: language", "zh-CN or en"},
        {"staff.yaml", "subject: auditor", "subject: gao-min", 0, "gao-min: subject", "twice"},
    };
    assert_faults(faults, COUNT(faults));
}

#define CALLS_BACK_FIRST(when)                                                                     \
    "policies.yaml",                                                                               \
        "        starts_on: case_registered\n        stops_on: case_replied\n"                     \
        "        limit: {value: 5, unit: working_days}\n",                                         \
        "        after: call_back\n        stops_on: case_replied\n"                               \
        "        limit: {value: 5, unit: working_days}\n"                                          \
        "      - id: qinghe-call-back\n        clock: call_back\n"                                 \
        "        source: {kind: ours, text: x}\n" when                                             \
        "        starts_on: case_registered\n        stops_on: follow_up_done\n"                   \
        "        limit: {value: 9, unit: hours}\n"

// Of 12345 the call-back waits for the resolution. What the bureau itself says of P1 alone leaves
// the others to that pack.
static void test_region_clocks_that_wait_for_each_other_over_packs_are_named(void **state) {
    (void)state;
    static const struct fault fault = {
        CALLS_BACK_FIRST("        when: {severities: [P1]}\n"), 0,
        "qinghe-bureau-resolution: after: ",
        "resolution waits for call_back, and call_back for resolution by 12345-call-back of "
        "cn-12345@1"};
    assert_fault(&fault);
}

// Of some cases alone: those below it have the clock, these would have none.
static void test_region_rule_that_leaves_cases_without_a_clock_is_named(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"policies.yaml",
         "        when: {severities: [not_assessed, P3]}\n        starts_on: case_registered\n",
         "        when: {categories: [fees]}\n        starts_on: call_ended\n", 1,
         "qinghe-bureau-resolution: starts_on: ", "its resolution would never run"},
        {"policies.yaml",
         "        clock: resolution\n        source: {kind: ours, text: "
         "演示：本市承诺一般事项5个工作日内办结，法律另有较长期限的从其规定}\n"
         "        longer_law_prevails: true\n"
         "        when: {severities: [not_assessed, P3]}\n"
         "        starts_on: case_registered\n        stops_on: case_replied\n",
         "        clock: supervision\n        source: {kind: ours, text: x}\n"
         "        when: {categories: [fees]}\n"
         "        starts_on: case_registered\n        stops_on: supervision_answered\n",
         3, "qinghe-bureau-resolution: starts_on: ", "its supervision would never run"},
    };
    assert_faults(faults, COUNT(faults));
}

static void test_region_extension_that_nobody_can_approve_is_named(void **state) {
    (void)state;
    static const struct fault fault = {
        "policies.yaml",
        "approved_by: [supervisor]",
        "approved_by: [counsellor]",
        0,
        "demo-resolution: approved_by: ",
        "nobody for whom the cases of demo-clinic exist has a role that approves its extension"};
    assert_fault(&fault);
}

static void test_region_without_visits_after_a_crisis_is_named(void **state) {
    (void)state;
    char directory[] = "/tmp/redress-region-XXXXXX";
    struct region *region = NULL;
    struct error error = {.text = ""};
    assert_non_null(mkdtemp(directory));
    copy_broken(directory, "policies.yaml", "  - cn-promises\n", "");
    assert_int_equal(region_load(&region, directory, &error), RC_INVALID);
    remove_copy(directory);
    assert_non_null(strstr(error.text, "/institutions.yaml:"));
    assert_non_null(
        strstr(error.text, "type: policies.yaml has no visit for it after a crisis R3"));
}

// The call-back of 12345 begins with the end of the resolution, and ends with the contact.
static void test_region_clock_that_what_begins_it_would_stop_is_named(void **state) {
    (void)state;
    static const struct fault fault = {
        "policies.yaml",
        "        when: {severities: [not_assessed, P3]}\n        starts_on: case_registered\n"
        "        stops_on: case_replied\n",
        "        when: {severities: [not_assessed, P3]}\n        starts_on: case_registered\n"
        "        stops_on: follow_up_done\n",
        2,
        "qinghe-bureau-resolution: stops_on: ",
        "call_back of cn-12345@1 begins after resolution, which ends with follow_up_done"};
    assert_fault(&fault);
}

static void test_region_rule_that_another_pack_overrides_makes_no_cycle(void **state) {
    (void)state;
    static const char *const change[] = {CALLS_BACK_FIRST("")};
    char directory[] = "/tmp/redress-region-XXXXXX";
    struct region *region = NULL;
    struct error error = {.text = ""};
    assert_non_null(mkdtemp(directory));
    copy_broken(directory, change[0], change[1], change[2]);
    enum rc rc = region_load(&region, directory, &error);
    remove_copy(directory);
    assert_string_equal(error.text, "");
    assert_int_equal(rc, RC_OK);
    region_free(region);
}

static void test_region_wrong_texts_are_named(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"categories.yaml", "code: other", "code: fees", 0, "fees: code", "twice"},
        {"categories.yaml", "[help-line]\n", "[help-lines]\n", 0, "institution_types", "type"},
        {"hooks.yaml", "http://127", "ftp://127", 0, "bureau-desk: url", "http"},
        {"hooks.yaml", "CaseClosed", "CaseClose", 0, "bureau-desk: facts", "no such fact"},
        {"hooks.yaml", "institutions: [\"*\"]", "institutions: [x]", 0, "bureau-desk: institutions",
         "no such institution"},
        {"templates.yaml", "{due_at}", "{due}", 0, "case-registered: body", "placeholder"},
        {"templates.yaml", "（查询码 {tracking_code}）", "{pin}", 0, "case-registered: subject",
         "placeholder"},
        {"templates.yaml", "language: en", "language: zh-CN", 0, "case-registered: language",
         "twice"},
        {"templates.yaml", "code: clock-warned\n    language: en",
         "code: clock-other\n    language: en", -3U, "clock-warned: language", "in en is missing"},
        {"lexicon.yaml", "category: fees", "category: fee", 0, "fees: category", "no such"},
        {"lexicon.yaml", "subject: overcharge", "subject: tips", 0, "fees: subject", "no such"},
        {"lexicon.yaml", "urgency: P1", "urgency: P0", 0, "suicide-thought: urgency", "P1 to P4"},
        {"lexicon.yaml", "crisis: R4", "crisis: R9", 0, "suicide-now: crisis", "R0 to R4"},
        {"lexicon.yaml", "weight: 60", "weight: 600", 0, "suicide-thought: weight", "1 to 100"},
        {"lexicon.yaml", "id: fees", "id: waiting", 0, "waiting: id", "twice"},
    };
    assert_faults(faults, COUNT(faults));
}

static void test_region_wrong_commitments_are_named(void **state) {
    (void)state;
    static const struct fault faults[] = {
        {"commitments.yaml", "institution: xiyang-home", "institution: nowhere", 0,
         "xiyang-home-promise: institution", "no such institution"},
        {"commitments.yaml", "id: xiyang-home-promise\n    version: 1",
         "id: first-hospital-promise\n    version: 2", 2, "first-hospital-promise: institution",
         "another institution's"},
        {"commitments.yaml", "clock: commitment-fees", "clock: resolution", 0,
         "first-hospital-fees: clock", "commitment-"},
        {"commitments.yaml", "published: 2025-12-01", "published: 2026-12-01", 0,
         "first-hospital-promise: published", "after effective_from"},
        {"commitments.yaml", "kind: ours", "kind: law", 0, "first-hospital-response: kind", "ours"},
        {"commitments.yaml", "stops_on: complainant_told", "stops_on: never", 0,
         "first-hospital-response: stops_on", "no fact"},
        {"commitments.yaml", "categories: [fees]", "categories: [fee]", 0,
         "first-hospital-fees: categories", "no category \"fee\""},
        {"commitments.yaml", "value: 24, unit: hours", "value: 0, unit: hours", 0,
         "xiyang-home-response: limit", "at least 1"},
    };
    assert_faults(faults, COUNT(faults));
}

static void test_region_commitments_are_packs_of_their_institutions(void **state) {
    (void)state;
    struct region *region = NULL;
    struct policy_case about;
    struct policy_choice choice;
    int64_t then = INT64_C(1770971400000); // 2026-02-13
    assert_int_equal(region_load(&region, EXAMPLE, NULL), RC_OK);
    assert_int_equal(region->commitment_count, 2);
    region_case(region, "first-hospital", &about);
    assert_true(policy_choose(region->policies, region->policy_count, &about, "commitment-response",
                              then, &choice));
    assert_string_equal(choice.policy->label, "first-hospital-promise@1");
    assert_false(policy_choose(region->policies, region->policy_count, &about, "commitment-fees",
                               then, &choice));
    about.category = "fees";
    assert_true(policy_choose(region->policies, region->policy_count, &about, "commitment-fees",
                              then, &choice));
    // Not before it holds, and of nobody else.
    assert_false(policy_choose(region->policies, region->policy_count, &about,
                               "commitment-response", then - INT64_C(90) * 86400000, &choice));
    region_case(region, "anning-centre", &about);
    assert_false(policy_choose(region->policies, region->policy_count, &about,
                               "commitment-response", then, &choice));
    region_free(region);
}

static void test_region_bureau_supervisor_is_another_than_who_asks(void **state) {
    (void)state;
    static const char *const rows[][3] = {{"demo-clinic", "", "lin-zhiyuan"},
                                          {"demo-clinic", "lin-zhiyuan", "gao-min"},
                                          {"donghu-station", "gao-min", "lin-zhiyuan"},
                                          {"bureau", "lin-zhiyuan", "gao-min"}};
    struct region *region = NULL;
    assert_int_equal(region_load(&region, EXAMPLE, NULL), RC_OK);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct region_staff *person =
            region_bureau_supervisor(region, rows[i][0], &(struct region_but){rows[i][1], NULL, 0});
        assert_string_equal(person->subject, rows[i][2]);
    }
    assert_null(region_bureau_supervisor(region, "nowhere", &(struct region_but){"", NULL, 0}));
    region_free(region);
}

static void test_region_missing_or_huge_file_is_named(void **state) {
    (void)state;
    char directory[] = "/tmp/redress-region-XXXXXX";
    struct region *region = NULL;
    struct error error = {.text = ""};
    assert_non_null(mkdtemp(directory));
    assert_int_equal(region_load(&region, directory, &error), RC_INVALID);
    assert_non_null(strstr(error.text, "region.yaml"));
    copy_broken(directory, "hooks.yaml", "id:", "id:");
    FILE *file = open_new(directory, "hooks.yaml");
    for (size_t i = 0; i < 1024 * 1024 / 16 + 1; i++) {
        fputs("# 0123456789 0\n\n", file);
    }
    fclose(file);
    assert_int_equal(region_load(&region, directory, &error), RC_INVALID);
    assert_non_null(strstr(error.text, "hooks.yaml"));
    assert_string_equal(error.code, "too-large");
    remove_copy(directory);
}

static int load_example(void **state) {
    struct error error;
    return region_load((struct region **)state, EXAMPLE, &error) == RC_OK ? 0 : -1;
}

static int free_example(void **state) {
    region_free(*state);
    return 0;
}

static void test_region_example_has_its_parts(void **state) {
    const struct region *region = *state;
    assert_string_equal(region->id, "qinghe");
    assert_int_equal(region->zone_offset_s, 8 * 3600);
    assert_string_equal(calendar_label(region->calendar), "cn-state-council@1");
    assert_true(region->institution_count >= 10);
    assert_null(region_institution(region, "nowhere"));
    assert_null(region_category(region, "nothing"));
    assert_null(region_staff(region, "nobody"));
    struct policy_case about;
    assert_false(region_case(region, "nowhere", &about));
    assert_null(region_alarm_policy(region, "nowhere", 0));
    assert_null(region_template(region, "case-registered", "fr"));
    for (size_t i = 0; i < region->template_count; i++) {
        const char *code = region->templates[i].code;
        assert_non_null(region_template(region, code, "zh-CN"));
        assert_non_null(region_template(region, code, "en"));
    }
}

#define SOME_TIME_MS 1772000000000 // in 2026

static void test_region_pack_of_an_institution_wins_over_its_type(void **state) {
    const struct region *region = *state;
    struct policy_case about;
    struct policy_choice choice;
    assert_true(region_case(region, "demo-clinic", &about));
    assert_string_equal(about.institution_type, "clinic");
    assert_true(policy_choose(region->policies, region->policy_count, &about, "first_response",
                              SOME_TIME_MS, &choice));
    assert_string_equal(choice.policy->label, "demo-seconds@1");
    assert_int_equal(choice.rule->limit.value, 6);
    about.severity = 1;
    assert_true(policy_choose(region->policies, region->policy_count, &about, "first_response",
                              SOME_TIME_MS, &choice));
    assert_int_equal(choice.rule->limit.value, 3);
    assert_int_equal(choice.rule->limit.unit, LIMIT_SECONDS);
    assert_false(policy_choose(region->policies, region->policy_count, &about, "no-such-clock",
                               SOME_TIME_MS, &choice));
    const struct policy *policy = region_alarm_policy(region, "demo-clinic", SOME_TIME_MS);
    assert_int_equal(policy->ladder.most, 2);
    assert_string_equal(region_alarm_policy(region, "first-hospital", SOME_TIME_MS)->id,
                        "cn-medical");
}

static void assert_rung(const struct region *region, const char *institution, const char *unit,
                        uint32_t rung, const char *subject) {
    assert_string_equal(region_ladder(region, institution, unit, rung)->subject, subject);
}

static void test_region_ladder_climbs_and_its_last_rung_repeats(void **state) {
    const struct region *region = *state;
    assert_rung(region, "first-hospital", "first-hospital.nursing", 0, "shen-yue");
    assert_rung(region, "first-hospital", "first-hospital.nursing", 1, "tang-wei");
    assert_rung(region, "first-hospital", "first-hospital.nursing", 2, "lin-zhiyuan");
    assert_rung(region, "first-hospital", "first-hospital.nursing", 99, "lin-zhiyuan");
    assert_rung(region, "first-hospital", "", 0, "tang-wei");
    assert_rung(region, "first-hospital", "no-such-unit", 0, "tang-wei");
    const struct region_institution *owner = NULL;
    assert_string_equal(region_department(region, "hope-line.duty", &owner)->code,
                        "hope-line.duty");
    assert_string_equal(owner->code, "hope-line");
}

// An institution without a ladder of its own has its parent's.
static void test_region_ladder_comes_from_the_parent(void **state) {
    (void)state;
    char directory[] = "/tmp/redress-region-XXXXXX";
    struct region *region = NULL;
    struct error error = {.text = ""};
    assert_non_null(mkdtemp(directory));
    copy_broken(directory, "institutions.yaml", "    ladder: [peng-lan, he-jing]\n", "");
    enum rc rc = region_load(&region, directory, &error);
    remove_copy(directory);
    assert_int_equal(rc, RC_OK);
    assert_rung(region, "donghu-hospital", "", 0, "he-jing");
    region_free(region);
}

// Hooks may ask for every fact of the contract.
static void test_region_hook_may_name_every_fact(void **state) {
    (void)state;
    char *contract = read_text("proto/redress/v1", "facts.proto");
    for (char *at = contract; (at = strstr(at, "\nmessage ")) != NULL;) {
        char name[64];
        char directory[] = "/tmp/redress-region-XXXXXX";
        struct region *region = NULL;
        struct error error = {.text = ""};
        at += strlen("\nmessage ");
        snprintf(name, sizeof name, "[%.*s]", (int)strcspn(at, " {"), at);
        if (strcmp(name, "[AnyFact]") == 0) {
            continue;
        }
        assert_non_null(mkdtemp(directory));
        copy_broken(directory, "hooks.yaml",
                    "[CaseRegistered, CaseClosed, AlarmRaised, CaseEscalated]", name);
        enum rc rc = region_load(&region, directory, &error);
        remove_copy(directory);
        assert_int_equal(rc, RC_OK);
        region_free(region);
    }
    free(contract);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_region_file_of_wrong_form_is_named),
        cmocka_unit_test(test_region_wrong_people_and_policies_are_named),
        cmocka_unit_test(test_region_clocks_that_wait_for_each_other_over_packs_are_named),
        cmocka_unit_test(test_region_rule_that_leaves_cases_without_a_clock_is_named),
        cmocka_unit_test(test_region_extension_that_nobody_can_approve_is_named),
        cmocka_unit_test(test_region_without_visits_after_a_crisis_is_named),
        cmocka_unit_test(test_region_clock_that_what_begins_it_would_stop_is_named),
        cmocka_unit_test(test_region_rule_that_another_pack_overrides_makes_no_cycle),
        cmocka_unit_test(test_region_wrong_texts_are_named),
        cmocka_unit_test(test_region_wrong_commitments_are_named),
        cmocka_unit_test(test_region_bureau_supervisor_is_another_than_who_asks),
        cmocka_unit_test(test_region_commitments_are_packs_of_their_institutions),
        cmocka_unit_test(test_region_missing_or_huge_file_is_named),
        cmocka_unit_test(test_region_ladder_comes_from_the_parent),
        cmocka_unit_test(test_region_hook_may_name_every_fact),
        cmocka_unit_test_setup_teardown(test_region_example_has_its_parts, load_example,
                                        free_example),
        cmocka_unit_test_setup_teardown(test_region_pack_of_an_institution_wins_over_its_type,
                                        load_example, free_example),
        cmocka_unit_test_setup_teardown(test_region_ladder_climbs_and_its_last_rung_repeats,
                                        load_example, free_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
