# AssumeRole: who may, for how long, and what the session may do.
alice, carol, dave = key("alice"), key("carol"), key("dave")
NOT = "is not authorized to perform: sts:AssumeRole on resource: "


def assume(who, name, session_name="test", account=ACCOUNT, **more):
    return client("sts", who).assume_role(RoleArn=role(name, account), RoleSessionName=session_name, **more)


def no(who, name, **more):
    return refused(assume, who=who, name=name, **more)


# dave may assume roles; admin wants MFA, and dave has no device.
got = assume(dave, "readonly")
same(got["AssumedRoleUser"]["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/readonly/test")
readonly = session(got["Credentials"])
same(client("sts", readonly).get_caller_identity()["UserId"], got["AssumedRoleUser"]["AssumedRoleId"])
same(no(dave, "admin"), ("AccessDenied", f"User: arn:aws:iam::{ACCOUNT}:user/dave {NOT}{role('admin')}", 403))
same(no(dave, "nowhere"), ("AccessDenied", f"User: arn:aws:iam::{ACCOUNT}:user/dave {NOT}{role('nowhere')}", 403))
same(no(dave, "carols")[0], "AccessDenied")
assume(carol, "carols")
same(no(key(ROOT), "readonly"), ("AccessDenied", "Roles may not be assumed by root accounts.", 403))

# With a code in the call, or with a session that had one. alice's policy wants MFA for everything.
device = {"SerialNumber": mfa("alice"), "TokenCode": code(mfa("alice"))}
assert "explicit deny" in no(alice, "readonly")[1]
direct = assume(alice, "admin", DurationSeconds=14400, **device)["Credentials"]
same(no(alice, "admin", **device)[1], "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
with_mfa = client("sts", alice).get_session_token(SerialNumber=mfa("alice"), TokenCode=code(mfa("alice")))["Credentials"]
admin = session(assume(session(with_mfa), "admin")["Credentials"])
without = session(client("sts", carol).get_session_token()["Credentials"])
same(no(without, "admin")[0], "AccessDenied")

# How long.
EXCEEDS = "The requested DurationSeconds exceeds the "
same(no(dave, "readonly", DurationSeconds=3601),
     ("ValidationError", EXCEEDS + "MaxSessionDuration set for this role.", 400))
assume(dave, "team/deploy", DurationSeconds=43200)
CHAIN = ("ValidationError", EXCEEDS + "1 hour session limit for roles assumed by role chaining.", 400)
same(no(session(with_mfa), "admin", DurationSeconds=3601), CHAIN)
same(no(admin, "chained", DurationSeconds=3601), CHAIN)
chained = session(assume(admin, "chained", DurationSeconds=3600)["Credentials"])
same(client("sts", chained).get_caller_identity()["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/chained/test")
same(no(readonly, "chained")[0], "AccessDenied")
same(no(session(with_mfa), "chained")[0], "AccessDenied")
loose = client("sts", dave, parameter_validation=False)
says = refused(loose.assume_role, RoleArn="short", RoleSessionName="has space")
assert says[0] == "ValidationError" and says[1].startswith("2 validation errors detected: Value 'short' at 'roleArn'"), says
same(refused(loose.assume_role, RoleArn="arn:aws:iam::111122223333:user/x", RoleSessionName="ab")[1],
     "arn:aws:iam::111122223333:user/x is invalid")

# Another account: external ID, and the caller's own policy.
there = {"account": "444455556666"}
same(no(dave, "external", **there)[0], "AccessDenied")
same(no(dave, "external", ExternalId="wrong", **there)[0], "AccessDenied")
far = assume(dave, "external", ExternalId="awsx-sandbox", **there)
same(client("sts", session(far["Credentials"])).get_caller_identity()["Account"], "444455556666")

# What a session may do: the role's policies, cut by the session's.
iam = client("iam", readonly)
same(iam.get_role(RoleName="admin")["Role"]["MaxSessionDuration"], 14400)
same(refused(iam.get_user), ("ValidationError", "Must specify userName when calling with non-User credentials", 400))
denied = refused(iam.create_access_key, UserName="alice")[1]
assert denied.endswith("on resource: user alice because no identity-based policy allows the iam:CreateAccessKey action"), denied
assert client("s3", readonly).list_buckets()["Buckets"]
inline = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}]}
cut = assume(dave, "readonly", Policy=json.dumps(inline))
same(cut["PackedPolicySize"], 1)
cut = session(cut["Credentials"])
client("iam", cut).get_role(RoleName="admin")
assert refused(client("s3", cut).list_buckets)[1].endswith("because no session policy allows the s3:ListAllMyBuckets action")
managed = session(assume(admin, "chained", PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])["Credentials"])
client("s3", managed).list_buckets()
same(no(dave, "readonly", Policy="{")[0], "MalformedPolicyDocument")

# Tags and source identity need leave of their own, and are told.
tagged = assume(dave, "readonly", Tags=[{"Key": "team", "Value": "a b"}], TransitiveTagKeys=["team"], SourceIdentity="dave")
same(tagged["SourceIdentity"], "dave")
stored = [s for s in control("GET", "state")["sessions"] if s["id"] == tagged["Credentials"]["AccessKeyId"]][0]
same((stored["tags"], stored["transitive"], stored["source_identity"]), ({"team": "a b"}, ["team"], "dave"))

# MFA does not pass from role to role.
by_id = {s["id"]: s for s in control("GET", "state")["sessions"]}
assert by_id[admin["aws_access_key_id"]]["mfa_at"] and by_id[direct["AccessKeyId"]]["mfa_at"]
assert by_id[chained["aws_access_key_id"]]["mfa_at"] is None
