"""make demo: submits the sample cases, drives some through the staff API, shows what became of them."""

import json
import os
import subprocess
import sys
import unicodedata
import uuid

import requests
from demo_client import ROOT, STACK, command, read_environment, say, token, wait_for
from demo_stories import STORIES, tell

RUN = uuid.uuid4().hex[:6]  # a new run submits new cases


def submit_samples():
    """Submits every sample; counts outcomes against what the sample expects."""
    receipts, counts, wrong = {}, {"accepted": 0, "repeated": 0, "refused": 0}, []
    lines = (ROOT / "deploy/region/example/submissions.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        answer = requests.post(os.environ["REDRESS_INTAKE_URL"] + "/v1/submissions", json=row["body"], timeout=20,
                               headers={"Idempotency-Key": f"{RUN}-{row['key']}"})
        outcome = {202: "accepted", 200: "repeated"}.get(answer.status_code, "refused")
        counts[outcome] += 1
        field = answer.json().get("field")
        if outcome != row["expect"] or (outcome == "refused" and field != row.get("problem_field")):
            wrong.append(f"{row['key']}: {answer.status_code} {answer.text[:200]}")
        elif outcome == "accepted":
            receipts[row["key"]] = (answer.json(), row["body"])
    say(f"{len(lines)} samples: {counts}")
    if wrong:
        sys.exit("demo: unexpected answers:\n  " + "\n  ".join(wrong))
    return receipts


def drive(boss, receipt):
    """One complaint the whole way: accepted, dispatched, signed for, decided, replied, rated, closed."""
    case_id, nurse = receipt["case_id"], token("shen-yue")
    command(boss, case_id, "accept")
    command(boss, case_id, "dispatch", {"unit": "first-hospital.outpatient"})
    command(nurse, case_id, "sign")
    command(nurse, case_id, "decide", {"outcome": "upheld", "findings": "情况属实。",
                                       "responsible_unit": "first-hospital.outpatient"})
    command(nurse, case_id, "reply", {"reply": "已整改，并向您致歉。"})
    url = f"{os.environ['REDRESS_INTAKE_URL']}/v1/submissions/{receipt['tracking_code']}/feedback"
    requests.post(url, json={"overall": 5, "solved": True, "comment": "处理及时"}, timeout=10,
                  headers={"Redress-Pin": receipt["pin"], "Idempotency-Key": str(uuid.uuid4())}).raise_for_status()
    command(boss, case_id, "close")


def notices(boss, case_id):
    """How many notices of this case were sent."""
    items = boss.get(f"{os.environ['REDRESS_LEDGER_URL']}/v1/cases/{case_id}/timeline?limit=200", timeout=10).json()["items"]
    return sum(fact["type"] == "DeliveryRecorded" and fact["data"]["state"].endswith("SENT") for fact in items)


def verify():
    """redressctl verify over the whole ledger, stories and all."""
    done = subprocess.run([ROOT / "build/bin/redressctl", "verify"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"demo: redressctl verify: {done.stdout}{done.stderr}")
    print(f"\nredressctl verify: {done.stdout.strip()}")


def cell(text, width):
    """Pads by columns; Chinese takes two."""
    used = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * max(1, width - used)


def show(boss, receipts, chosen):
    """The table of what happened."""
    columns = [("编号", 12), ("机构", 28), ("状态", 12), ("紧急", 8), ("责任科室", 28), ("到期", 20), ("通知", 6)]
    print("".join(cell(name, width) for name, width in columns))
    for key in chosen:
        case_id = receipts[key][0]["case_id"]
        case = boss.get(f"{os.environ['REDRESS_LEDGER_URL']}/v1/cases/{case_id}", timeout=10).json()
        due = min((clock["due_at"] for clock in case["clocks"] if clock["state"] in ("running", "warned")
                   and not clock["name"].startswith("escalation")), default="—")
        values = [key, case["institution_name"], case["status"], f"{case['urgency']}/{case['crisis']}",
                  case["unit"] or "—", due[:19], str(notices(boss, case_id))]
        print("".join(cell(value, width) for value, (_, width) in zip(values, columns)))


def main():
    """Submits, drives, waits, shows."""
    read_environment()
    boss = token("lin-zhiyuan")
    receipts = submit_samples()
    ledger = os.environ["REDRESS_LEDGER_URL"]

    def case(key):
        answer = boss.get(f"{ledger}/v1/cases/{receipts[key][0]['case_id']}", timeout=10)
        return answer.json() if answer.status_code == 200 else {"status": "", "alarms": []}

    wait_for("every case to be assessed", lambda: all(case(key)["status"] not in ("", "received") for key in receipts))
    whole = next(key for key, (_, body) in receipts.items() if body["institution"] == "first-hospital" and "complainant" in body)
    urgent = next(key for key, (_, body) in receipts.items() if "楼顶" in body["narrative"])
    late = next(key for key, (_, body) in receipts.items() if body["institution"] == "demo-clinic")
    say("driving one complaint the whole way")
    drive(boss, receipts[whole][0])
    wait_for("the urgent case's alarm", lambda: case(urgent)["alarms"])
    wait_for("a breach and its escalation", lambda: any(alarm["level"] >= 1 for alarm in case(late)["alarms"]))
    wait_for("the notices", lambda: notices(boss, receipts[whole][0]["case_id"]) >= 4)
    chosen = [whole, urgent, late] + [key for key in receipts if key not in (whole, urgent, late)][:12]
    show(boss, receipts, chosen)
    for story in STORIES:
        tell(story)
    verify()
    base = int(os.environ["REDRESS_PORT_BASE"])
    print(f"\n共{len(receipts)}件。Where everything listens (127.0.0.1): intake {base + 10} · triage {base + 20} · "
          f"ledger {base + 30} · sla-timer {base + 40} · notification {base + 50} · analytics {base + 60}\n"
          f"Kafka {base + 92} · Redis {base + 379} · PostgreSQL {base + 432} (socket) · SMTP {base + 25} · mails in {STACK}/mail/new\n"
          f"\nTry next:\n  source {STACK}/env\n"
          f"  build/bin/redressctl case timeline {receipts[late][0]['case_id']}\n"
          f"  build/bin/redressctl submit --institution demo-clinic --narrative '前台没有人'\n"
          f"  build/bin/redressctl verify")


main()
