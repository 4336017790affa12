# The same calls against the sandbox and against moto: the same outcome, line by line.
try:
    who = key("carol")
except (urllib.error.HTTPError, json.JSONDecodeError):
    who = {"aws_access_key_id": "AKIAMOTO", "aws_secret_access_key": "moto"}  # moto takes everybody
    admin = client("iam", who)
    admin.create_user(UserName="agree-carol", Path="/")
    mine = admin.create_access_key(UserName="agree-carol")["AccessKey"]
    admin.put_user_policy(UserName="agree-carol", PolicyName="all", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    who = {"aws_access_key_id": mine["AccessKeyId"], "aws_secret_access_key": mine["SecretAccessKey"]}
iam, sts, ssm = (client(s, who, region="us-east-1") for s in ("iam", "sts", "ssm"))
me = iam.get_user()["User"]["UserName"]


def tell(name, call, show=lambda answer: "ok", **arguments):
    try:
        shown = show(call(**arguments))
    except ClientError as e:
        error = e.response["Error"]
        shown = f"{error['Code']} {e.response['ResponseMetadata']['HTTPStatusCode']}"
    print(name, shown)


def keys(answer):
    """Names and kinds of what an answer holds."""
    kinds = {k: type(v).__name__ for k, v in answer.items() if k not in ("ResponseMetadata", "Tags")}
    return json.dumps(kinds, sort_keys=True)


tell("identity", sts.get_caller_identity, keys)
tell("session", sts.get_session_token, lambda a: keys(a["Credentials"]))
made = {}
tell("create", iam.create_virtual_mfa_device, lambda a: made.update(a["VirtualMFADevice"]) or keys(made),
     VirtualMFADeviceName="agree")
print("seed and picture", made["Base32StringSeed"].decode().isalnum(), made["QRCodePNG"][:1] != b"")
tell("create again", iam.create_virtual_mfa_device, VirtualMFADeviceName="agree")
tell("bad path", iam.create_virtual_mfa_device, VirtualMFADeviceName="agree", Path="nothing")
free = lambda a: [d["SerialNumber"].split(":")[-1] for d in a["VirtualMFADevices"] if "agree" in d["SerialNumber"]]
tell("unassigned", iam.list_virtual_mfa_devices, free, AssignmentStatus="Unassigned")
tell("assigned", iam.list_virtual_mfa_devices, free, AssignmentStatus="Assigned")
tell("deactivate", iam.deactivate_mfa_device, UserName=me, SerialNumber=made["SerialNumber"])
tell("delete", iam.delete_virtual_mfa_device, SerialNumber=made["SerialNumber"])
tell("delete again", iam.delete_virtual_mfa_device, SerialNumber=made["SerialNumber"])
tell("no user", iam.list_mfa_devices, UserName="nobody-agrees")
tell("no role", iam.get_role, RoleName="nobody-agrees")
tell("second key", iam.create_access_key, lambda a: keys(a["AccessKey"]), UserName=me)
tell("third key", iam.create_access_key, UserName=me)
tell("no key", iam.delete_access_key, UserName=me, AccessKeyId="AKIANOBODY2222222222")
tell("last used", iam.get_access_key_last_used, lambda a: a["UserName"] == me, AccessKeyId=who["aws_access_key_id"])
tell("put", ssm.put_parameter, Name="/agree/one", Value="1", Type="String")
tell("put again", ssm.put_parameter, Name="/agree/one", Value="2", Type="String")
tell("overwrite", ssm.put_parameter, Name="/agree/one", Value="2", Type="String", Overwrite=True)
tell("get", ssm.get_parameter, lambda a: (a["Parameter"]["Value"], a["Parameter"]["ARN"].split(":")[-1]), Name="/agree/one")
tell("some", ssm.get_parameters, lambda a: ([p["Value"] for p in a["Parameters"]], a["InvalidParameters"]),
     Names=["/agree/one", "/agree/two"])
tell("delete parameter", ssm.delete_parameter, Name="/agree/one")
tell("delete it again", ssm.delete_parameter, Name="/agree/one")
