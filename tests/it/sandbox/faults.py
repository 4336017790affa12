# What goes wrong on request, and what the clients make of it.
alice = key("alice")


def fault(action, kind, **more):
    control("POST", "faults", {"action": action, "kind": kind, **more})


def outcomes():
    seen = [(c["action"], c["outcome"], c["fault"]) for c in control("GET", "calls")]
    control("DELETE", "calls")
    return seen


WHO = "sts:GetCallerIdentity"
who = client("sts", alice).get_caller_identity
fault(WHO, "error500")
same(refused(who)[::2], ("InternalFailure", 500))
who()
same(outcomes(), [(WHO, "InternalFailure", "error500"), (WHO, "ok", None)])

fault("sts:*", "throttle", count=2)
same(refused(who), ("Throttling", "Rate exceeded", 400))
client("sts", alice, attempts=3).get_caller_identity()  # the client tries again
same([o[1] for o in outcomes()], ["Throttling", "Throttling", "ok"])

token = client("sts", alice).get_session_token
sessions = lambda: len(control("GET", "state")["sessions"])
for kind, made in ("drop_before", 0), ("drop_after", 1):
    before = sessions()
    fault("sts:GetSessionToken", kind)
    try:
        token()
        raise AssertionError("an answer came")
    except ConnectionClosedError:
        pass
    same(sessions() - before, made)
same([o[1:] for o in outcomes()], [("dropped", "drop_before"), ("ok", "drop_after")])

fault(WHO, "delay", ms=1500)
try:
    client("sts", alice, read_timeout=0.3).get_caller_identity()
    raise AssertionError("an answer came in time")
except ReadTimeoutError:
    pass
fault(WHO, "skew", seconds=3600)
try:
    who()
except ClientError as e:
    assert e.response["Error"]["Message"].startswith("Signature expired: ")
    # The answer's date is that of the clock that is off.
    from email.utils import parsedate_to_datetime

    date = parsedate_to_datetime(e.response["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()
    assert 3500 < date - control("GET", "time")["now"] < 3700
fault(WHO, "error", status=403, code="AccessDenied", message="because")
same(refused(who), ("AccessDenied", "because", 403))
fault("iam:*", "error500", after=1)
client("iam", alice).get_user()
same(refused(client("iam", alice).get_user)[2], 500)
fault(WHO, "garbage")
try:
    who()
    raise AssertionError("garbage was understood")
except botocore.parsers.ResponseParserError:
    pass

fault(WHO, "error500", count=0)
for _ in range(3):
    same(refused(who)[2], 500)
same(len(control("GET", "faults")), 1)
control("DELETE", "faults")
who()
for body in {"action": "*"}, {"action": "*", "kind": "flood"}:
    try:
        control("POST", "faults", body)
        raise AssertionError("it took a fault that makes no sense")
    except urllib.error.HTTPError as e:
        same(e.code, 400)
