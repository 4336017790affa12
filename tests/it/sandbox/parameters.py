# SSM parameters, boundaries, and everything back to the start.
dave, carol = client("ssm", key("dave"), region="us-east-1"), client("ssm", key("carol"), region="us-east-1")
alias = f"/unencrypted/roles/{ACCOUNT}/alias"
same(dave.get_parameter(Name=alias)["Parameter"]["Value"], "awsx-sandbox")
got = dave.get_parameters(Names=[alias, "/unencrypted/none"])
same(([p["Name"] for p in got["Parameters"]], got["InvalidParameters"]), ([alias], ["/unencrypted/none"]))
same(refused(dave.get_parameter, Name="/unencrypted/none")[::2], ("ParameterNotFound", 400))
length = "/unencrypted/mfa/session_length"
denied = refused(dave.put_parameter, Name=length, Value="900", Type="String")
same(denied, ("AccessDeniedException",
              f"User: arn:aws:iam::{ACCOUNT}:user/dave is not authorized to perform: ssm:PutParameter on resource: "
              f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter{length} because no identity-based policy allows the "
              "ssm:PutParameter action", 400))
carol.put_parameter(Name=length, Value="28800", Type="String")
same(refused(carol.put_parameter, Name=length, Value="1", Type="String")[0], "ParameterAlreadyExists")
carol.put_parameter(Name=length, Value="14400", Type="String", Overwrite=True)
same(dave.get_parameter(Name=length)["Parameter"]["Value"], "14400")
many = [f"/unencrypted/roles/{ACCOUNT}/role{n:02}/session_length" for n in range(12)]
for name in many:
    carol.put_parameter(Name=name, Value="900", Type="String")
pages = carol.get_paginator("get_parameters_by_path").paginate(Path="/unencrypted/roles/", Recursive=True)
pages = [[p["Name"] for p in page["Parameters"]] for page in pages]
assert [len(page) for page in pages] == [10, 5] and set(many) < set(sum(pages, [])), pages
flat = carol.get_parameters_by_path(Path=f"/unencrypted/roles/{ACCOUNT}")["Parameters"]
same([p["Name"] for p in flat], [alias])
same(refused(carol.get_parameters_by_path, Path="unencrypted")[0], "ValidationException")
same(refused(carol.put_parameter, Name="/unencrypted/a@b", Value="1", Type="String")[0], "ValidationException")
same(refused(carol.put_parameter, Name="/unencrypted/new", Value="1")[0], "ValidationException")
carol.delete_parameter(Name=length)
same(refused(carol.delete_parameter, Name=length)[0], "ParameterNotFound")
# What SSM is told stays out of the log.
assert "14400" not in json.dumps(control("GET", "calls"))

# A boundary allows nothing by itself and everything only together with a policy.
world = control("GET", "state")
only = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}
for user in world["users"]:
    if user["name"] == "carol":
        user["boundary"] = only
control("POST", "state", world)
client("iam", key("carol")).list_account_aliases()
assert refused(client("s3", key("carol")).list_buckets)[1].endswith(
    "because no permissions boundary allows the s3:ListAllMyBuckets action")
user["boundary"] = None
only["Statement"].append({"Effect": "Deny", "Action": "iam:ListAccountAliases", "Resource": "*"})
control("POST", "state", world)
assert refused(client("iam", key("carol")).list_account_aliases)[1].endswith(
    "with an explicit deny in a permissions boundary")
broken = dict(world, acount="1")
try:
    control("POST", "state", broken)
    raise AssertionError("it took a broken world")
except urllib.error.HTTPError as e:
    assert e.code == 400 and "unknown field" in e.read().decode()

carol.close()
control("POST", "reset")
same(control("GET", "calls"), [])
