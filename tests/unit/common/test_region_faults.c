// SPDX-License-Identifier: Apache-2.0
// Each way to break a region's file is named by file, line and key.
#include "region_copy.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_region_file_of_wrong_form_is_named),
        cmocka_unit_test(test_region_wrong_people_and_policies_are_named),
        cmocka_unit_test(test_region_wrong_texts_are_named),
        cmocka_unit_test(test_region_wrong_commitments_are_named),
        cmocka_unit_test(test_region_missing_or_huge_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
