"""Indicators counted again from the facts, by code that shares nothing with the analytics service."""

import datetime
import math
from collections import Counter

NEVER = math.inf
REPEAT_MS = 90 * 86_400_000
COUNTS = ["received", "accepted", "not_accepted", "given_up", "first_closed", "closed", "responded", "responded_on_time",
          "replied", "replied_on_time", "rated", "satisfied", "solved", "merged", "repeated",
          "supervised", "covered", "answered", "closures"]
HANDLINGS = {"CaseDispatched": "dispatched", "CaseDesignated": "dispatched", "ReturnRequested": "returned",
             "ReworkOrdered": "reworked", "CaseReopened": "reopened", "SupervisionOrdered": "supervised"}


def fold(facts):
    """Cases as plain dictionaries, from (case id, name of the fact, decoded fact) in each case's order."""
    cases = {}
    for case_id, name, fact in facts:
        case = cases.setdefault(case_id, {"armed": {}, "unit": "", "handled": [], "others": 0, "merged": False, "earlier": 0,
                                          "rounds": [new_round()]})
        at = fact.meta.decided_at_ms
        if name == "CaseRegistered":
            case.update(tenant=fact.meta.tenant, received=fact.received_at_ms,
                        category=fact.category or "other", hashes=set(fact.contact_hashes))
        elif name == "CaseAssessed":
            case.update(category=fact.category)
        elif name in ("CaseDispatched", "CaseDesignated"):
            case.update(unit=fact.unit)
        elif name in ("CaseNotAccepted", "CaseRedirected"):
            case["ended"] = "not_accepted"
        elif name in ("CaseWithdrawn", "CaseTerminated"):
            if "closed" not in case:
                case["ended"] = "given_up"
        elif name == "CaseTransferredToEmergency":
            case.setdefault("responded", at)
        elif name in ("CaseReopened", "ReworkOrdered"):
            case["late_before"] = not is_in_time(case)
            case.pop("ended", None)
            case.pop("closed", None)
            case["rounds"].append(new_round())
        elif name == "ClockArmed":
            if fact.terms.name == "resolution" and fact.terms.restarted_on and fact.terms.started_at_ms >= case.get("answer", 0):
                since = [reply for reply in case.get("replies", ()) if reply > fact.terms.started_at_ms]
                case.update(answer=since[-1]) if since else case.pop("answer", None)
            case["armed"][fact.terms.name] = fact.terms.due_at_ms
        elif name == "ClockPaused":
            case["armed"][fact.name] = fact.terms.due_at_ms
        elif name == "ExtensionDecided" and fact.granted:
            case["armed"][fact.clock] = fact.due_at_ms
        elif name == "ClockBreached" and fact.name == "resolution":
            case["late_before"] = True
        elif name == "ClockStopped" and fact.displaced:
            case["armed"].pop(fact.name, None)
        elif name == "CaseAccepted":
            case.update(accepted=at)
            case.setdefault("responded", at)
        elif name == "CaseReplied":
            case.update(replied=at, replies=case.get("replies", []) + [at])
            case.setdefault("answer", at)
            case.setdefault("responded", at)
        elif name == "FeedbackRecorded":
            case["rounds"][-1].update(rating=fact.overall, rated_solved=fact.solved)
        elif name == "FollowUpRecorded" and fact.reached:
            case["rounds"][-1].update(heard_solved=fact.solved)
        elif name == "CaseClosed":
            case.update(closed=at)
            if "answer" not in case and not case.get("late_before") and at <= case["armed"].get("resolution", 0):
                case["armed"].pop("resolution")  # an emergency: nobody owes a reply any more
            case.setdefault("first_closed", at)
            case["rounds"][-1].update(closed=True)
        elif name == "CaseMerged":
            case.update(others=case["others"] + len(getattr(fact, "with")), merged=not fact.leads)
        elif name == "CaseUnmerged":
            left = case["others"] - len(fact.without)
            case.update(others=left, merged=left > 0 and not fact.leads)
        elif name == "SupervisionOrdered":
            case["supervised"] = True
        elif name == "ContentErased":
            case["hashes"] = set()
        elif name == "RepeatRecognised":
            case.update(earlier=fact.earlier)
        if name in HANDLINGS and (name != "CaseReopened" or "first_closed" in case):
            case["handled"].append((HANDLINGS[name], case["unit"], case["category"]))
    return list(cases.values())


def is_in_time(case):
    """Whether no reply of it was late: neither this run's nor one of before."""
    return not case.get("late_before") and case.get("answer", 0) <= due(case, "resolution")


def new_round():
    """A round of handling, up to a rework or a reopening."""
    return {"closed": False}


def is_answered(part):
    """Whether the complainant said of a round if it solved the matter: by a rating, or reached by staff."""
    return "rated_solved" in part or "heard_solved" in part


def is_solved(part):
    """What the complainant's own rating says, else what staff heard last."""
    return part.get("rated_solved", part.get("heard_solved", False))


def rounds_of(cases):
    """Every round of these cases."""
    return [part for case in cases for part in case["rounds"]]


def by_round(parts):
    """Counts of rounds: ratings, satisfied ones, solved, covered closures, answers, closures."""
    ratings = [part["rating"] for part in parts if "rating" in part]
    return (len(ratings), sum(rating >= 4 for rating in ratings), sum(map(is_solved, parts)),
            sum(part["closed"] and is_answered(part) for part in parts), sum(map(is_answered, parts)),
            sum(part["closed"] for part in parts))


def rank(values, part):
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * part) - 1] if ordered else None


def is_repeat(case, everyone):
    """Same complainant, institution, unit and category within 90 days of a close."""
    return any(other is not case and other["hashes"] & case["hashes"] and "closed" in other
               and (other["tenant"], other["unit"], other["category"]) == (case["tenant"], case["unit"], case["category"])
               and 0 <= case["received"] - other["closed"] < REPEAT_MS for other in everyone)


def share(part, whole):
    """None where nothing counts."""
    return part / whole if whole else None


def due(case, clock):
    """When a clock of a case is due; never where it was not armed."""
    return case["armed"].get(clock, NEVER)


def is_timely(case):
    """Whether it counts for timeliness: neither refused nor stood for by another case."""
    return case.get("ended") != "not_accepted" and not case["merged"]


def figures(cases, everyone, now):
    """Every indicator of DOMAIN, section 8, from the folded cases."""
    timely = [case for case in cases if is_timely(case)]
    lasting = [case for case in cases if "ended" not in case]
    responded = [case for case in timely if "responded" in case]
    late = [case for case in lasting if is_timely(case) and "responded" not in case and due(case, "first_response") <= now]
    past_due = [case for case in lasting if is_timely(case) and due(case, "resolution") <= now]
    accepted = [case for case in cases if "accepted" in case]
    closed = [case for case in cases if "closed" in case]
    rated, satisfied, solved, covered, answered, closures = by_round(rounds_of(cases))
    seconds = [response_seconds(case) for case in responded]
    ended = Counter(case.get("ended") for case in cases)
    first_closed = sum("first_closed" in case for case in cases)
    handled = Counter(kind for case in cases for kind, _, _ in case["handled"])
    return {
        "received": len(cases), "accepted": len(accepted), "not_accepted": ended["not_accepted"],
        "given_up": ended["given_up"], "first_closed": first_closed, "closed": len(closed),
        "open": sum("closed" not in case for case in lasting),
        "returned_rate": share(handled["returned"], handled["dispatched"]),
        "rework_rate": share(handled["reworked"], sum("replied" in case for case in timely)),
        "reopened_rate": share(handled["reopened"], first_closed),
        "supervised_rate": share(sum("supervised" in case for case in accepted), len(accepted)),
        "overdue": sum("answer" not in case and "closed" not in case for case in past_due), "rated": rated, "answered": answered,
        "closures": closures,
        "merged": sum(case["merged"] for case in cases), "repeated": sum(case["earlier"] > 0 for case in cases),
        "response_rate": share(sum(case["responded"] <= due(case, "first_response") for case in responded),
                               len(responded) + len(late)),
        "on_time_rate": share(sum("answer" in case and is_in_time(case) for case in past_due),
                              len(past_due)),
        "satisfaction_rate": share(satisfied, rated), "resolution_rate": share(solved, answered),
        "follow_up_coverage": share(covered, closures),
        "repeat_rate": share(sum(is_repeat(case, everyone) for case in accepted), len(accepted)),
        "first_response_median_seconds": rank(seconds, 0.5), "first_response_p90_seconds": rank(seconds, 0.9)}


def response_seconds(case):
    """Whole seconds from receipt to the first human contact."""
    return max(0, case["responded"] - case["received"]) // 1000


def group_of(case, zone):
    """Institution, category and day of receipt: what analytics counts by."""
    day = datetime.datetime.fromtimestamp(case["received"] / 1000, zone).date().isoformat()
    return case["tenant"], case["category"], day


def daily(cases, zone):
    """{(institution, category, day): counts in the order of COUNTS}."""
    counted = {}
    for case in cases:
        timely, refused = is_timely(case), case.get("ended") == "not_accepted"
        responded, replied = timely and "responded" in case, timely and "replied" in case
        rated, satisfied, solved, covered, answered, closures = by_round(case["rounds"])
        counts = [1, "accepted" in case, refused, case.get("ended") == "given_up", "first_closed" in case, "closed" in case,
                  responded, responded and case["responded"] <= due(case, "first_response"),
                  replied, replied and "answer" in case and is_in_time(case),
                  rated, satisfied, solved, case["merged"], case["earlier"] > 0,
                  "supervised" in case and "accepted" in case, covered, answered, closures]
        before = counted.get(group_of(case, zone), [0] * len(COUNTS))
        counted[group_of(case, zone)] = [old + int(new) for old, new in zip(before, counts)]
    return counted


def response_times(cases, zone):
    """How often each time to the first response occurred: {(institution, category, day, seconds): cases}."""
    return Counter((*group_of(case, zone), response_seconds(case)) for case in cases
                   if "responded" in case and is_timely(case))


def response_class(seconds):
    """Times to the second below 64, then 64 classes an octave."""
    shift = max(0, seconds.bit_length() - 7)
    return 64 * shift + (seconds >> shift)


def response_classes(cases, zone):
    """How often a class of times occurred: {(institution, day, class): cases}."""
    return Counter((case["tenant"], group_of(case, zone)[2], response_class(response_seconds(case))) for case in cases
                   if "responded" in case and is_timely(case))


def response_months(cases, zone):
    """The same by month: {(institution, its first day, class): cases}."""
    months = Counter()
    for (tenant, day, kind), count in response_classes(cases, zone).items():
        months[tenant, day[:8] + "01", kind] += count
    return months


def due_days(cases, zone):
    """{(institution, day of receipt, UTC day due): [unresponded, owed, on time, overdue]}."""
    counted = {}

    def add(case, clock, counts):
        day = datetime.datetime.fromtimestamp(due(case, clock) / 1000, datetime.timezone.utc).date().isoformat()
        group = case["tenant"], group_of(case, zone)[2], day
        counted[group] = [old + int(new) for old, new in zip(counted.get(group, [0] * 4), counts)]
    for case in cases:
        if "ended" in case or not is_timely(case):
            continue
        if "responded" not in case and due(case, "first_response") != NEVER:
            add(case, "first_response", [1, 0, 0, 0])
        if due(case, "resolution") != NEVER:
            add(case, "resolution", [0, 1, "answer" in case and is_in_time(case),
                                     "answer" not in case and "closed" not in case])
    return counted


def repeat_days(cases, zone):
    """Accepted cases that repeat one: {(institution, day): cases}."""
    return Counter((case["tenant"], group_of(case, zone)[2]) for case in cases
                   if "accepted" in case and is_repeat(case, cases))


def handlings(cases, zone):
    """What happened while a unit had a case: {(institution, unit, category, day, kind): facts}."""
    return Counter((case["tenant"], unit, category, group_of(case, zone)[2], kind)
                   for case in cases for kind, unit, category in case["handled"])
