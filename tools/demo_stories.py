"""Eight turns that a case can take, each driven through the staff API and told from its own timeline."""

import os
import uuid

import requests
from demo_client import command, token, wait_for

BOSS, CHIEF, NURSE, DOCTOR = "lin-zhiyuan", "tang-wei", "shen-yue", "cao-bin"
DESK, COLLEAGUE = "demo-handler", "demo-colleague"
REVIEWER, LEVEL_ABOVE = "ren-shan", "su-qing"
OUTPATIENT, MEDICAL = "first-hospital.outpatient", "first-hospital.medical"
EARLIER = "the case that the story begins with"
REACHED = {"reached": True, "solved": True, "score": 5, "note": "电话回访，满意"}


def handled(unit, handler):
    """From acceptance to the signature."""
    return [(BOSS, "accept", {}), (BOSS, "dispatch", {"unit": unit}), (handler, "sign", {})]


def answered(handler):
    """Decision and reply."""
    return [(handler, "decide", {"outcome": "upheld", "findings": "情况属实。", "measure": "科室约谈"}),
            (handler, "reply", {"reply": "已整改，并向您致歉。"})]


# (title, institution, steps as (who, command, body)); what a step needs first is waited for.
STORIES = [
    ("退回与指定：科室认为不归自己管，投诉科裁定后不得再退", "first-hospital", [
        (BOSS, "accept", {}), (BOSS, "dispatch", {"unit": OUTPATIENT}),
        (NURSE, "request-return", {"reason": "涉及诊疗，不属门诊部", "proposed_unit": MEDICAL}),
        (BOSS, "designate", {"unit": MEDICAL, "note": "由医务科办理"}), (DOCTOR, "sign", {}), *answered(DOCTOR),
        (BOSS, "follow-up", REACHED), (BOSS, "close", {})]),
    ("协同办理：主办与协办各有时限，各自答复", "first-hospital", [
        *handled(OUTPATIENT, NURSE), (NURSE, "add-co-handler", {"unit": MEDICAL, "note": "核查接诊记录"}),
        (DOCTOR, "answer-co-handling", {"answer": "接诊记录完整"}), *answered(NURSE), (BOSS, "follow-up", REACHED),
        (BOSS, "close", {})]),
    ("延期：期满前申请，写明理由与安排，批准后告知投诉人", "first-hospital", [
        *handled(OUTPATIENT, NURSE),
        (NURSE, "request-extension", {"clock": "resolution", "value": 5, "unit": "working_days", "reason": "需调取监控",
                                      "plan": "五个工作日内答复"}),
        (CHIEF, "decide-extension", {"granted": True, "note": "同意"})]),
    ("督办：限期答复，解除后方可办结", "first-hospital", [
        *handled(OUTPATIENT, NURSE), (BOSS, "supervise", {"level": "key", "instruction": "请说明候诊管理整改情况"}),
        (NURSE, "answer-supervision", {"order": 1, "answer": "已增开两个窗口"}),
        (BOSS, "lift-supervision", {"order": 1, "note": "整改到位"}), *answered(NURSE), (BOSS, "follow-up", REACHED),
        (BOSS, "close", {})]),
    ("返工：回访说没解决，换人重办", "demo-clinic", [
        *handled("demo-clinic.desk", DESK), *answered(DESK),
        (BOSS, "follow-up", {"reached": True, "solved": False, "score": 3, "note": "说没有解决"}),
        (COLLEAGUE, "sign", {}), *answered(COLLEAGUE)]),
    ("复核：投诉人不服，由未经手的人复查，仍不服再由另一人复核一次即终结", "first-hospital", [
        *handled(OUTPATIENT, NURSE), *answered(NURSE), (BOSS, "follow-up", REACHED), (BOSS, "close", {}),
        (BOSS, "review", {"reason": "不服处理意见"}),
        (REVIEWER, "decide-review", {"result": "confirmed", "findings": "事实清楚，维持原意见"}),
        (BOSS, "re-review", {"reason": "仍不服"}),
        (LEVEL_ABOVE, "decide-review", {"result": "confirmed", "findings": "维持，程序终结"})]),
    ("合并：两家机构收到同一事项，系统只提示，由人确认；撤销即恢复原状，各件各走各的时限", "first-hospital", [
        (BOSS, "merge", {"with": EARLIER, "reason": "同一次候诊"}), (BOSS, "unmerge", {"reason": "误并"}),
        (BOSS, "merge", {"with": EARLIER, "reason": "核实后确为同一次"}), *handled(OUTPATIENT, NURSE), *answered(NURSE)]),
    ("同一事项、无新事实：不再立案，告知前一件办到哪里", "first-hospital", [
        (BOSS, "refuse", {"ground": "same_matter", "right_route": "请等候前一件的答复", "earlier_case": EARLIER})]),
]
# Where the earlier case of a story came in.
EARLIER_AT = {"合并": "donghu-hospital", "同一事项": "first-hospital"}


def submit(title, institution):
    """A new complaint; its case's id once its first clocks are armed."""
    body = {"institution": institution, "channel": "web", "category": "waiting", "narrative": f"候诊时间过长。（{title}）",
            "complainant": {"name": "周晓岚", "email": "zhou-xiaolan@example.org"}}
    answer = requests.post(os.environ["REDRESS_INTAKE_URL"] + "/v1/submissions", json=body, timeout=20,
                           headers={"Idempotency-Key": str(uuid.uuid4())})
    answer.raise_for_status()
    case_id = answer.json()["case_id"]
    base, boss = os.environ["REDRESS_LEDGER_URL"], token(BOSS)
    wait_for("its clocks", lambda: len(boss.get(f"{base}/v1/cases/{case_id}", timeout=10).json().get("clocks", [])) >= 2)
    return case_id


def begin_earlier(title, boss):
    """The accepted case that a story is about as well; None where there is none."""
    for beginning, institution in EARLIER_AT.items():
        if title.startswith(beginning):
            case_id = submit(title, institution)
            command(boss, case_id, "accept", {})
            return case_id
    return None


def show_candidate(boss, case_id, earlier):
    """Prints why the earlier case may be the same matter, once the index knows both."""
    path = f"{os.environ['REDRESS_LEDGER_URL']}/v1/cases/{case_id}/similar"

    def find():
        return [item for item in boss.get(path, timeout=10).json().get("items", []) if item["case_id"] == earlier]
    found = wait_for("the candidates", find)[0]
    print(f"  相似件 {earlier}（{found['institution']}，{found['status']}）：叙述相似 {found['narrative_permille']}‰，"
          f"{'同一联系方式' if found['same_contact'] else '不同联系方式'}")


def show_cluster(case, boss):
    """Prints the cases of one matter with this one, each where it stands by itself."""
    case = boss.get(f"{os.environ['REDRESS_LEDGER_URL']}/v1/cases/{case['case_id']}", timeout=10).json()
    for member in case.get("cluster", []):
        print(f"  同一事项的另一件 {member['case_id']}（{member['institution']}）仍为 {member['status']}")


def tell(story):
    """Drives one story; prints each command and where the case stood after it, then its clocks."""
    title, institution, steps = story
    people = {BOSS: token(BOSS)}
    earlier = begin_earlier(title, people[BOSS])
    case_id = submit(title, institution)
    print(f"\n【{title}】 {case_id}")
    if earlier:
        show_candidate(people[BOSS], case_id, earlier)
    for subject, action, body in steps:
        people.setdefault(subject, token(subject))
        body = {name: earlier if value == EARLIER else value for name, value in body.items()}
        case = command(people[subject], case_id, action, body)
        print(f"  {subject:<15}{action:<20}→ {case['status']}")
    show_cluster(case, people[BOSS])
    clocks = (f"{clock['name']} {clock['state']} {clock['due_at'][:16]}" for clock in case["clocks"])
    print("  时限：" + "；".join(clocks))
