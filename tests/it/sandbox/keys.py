# Access keys.
carol = client("iam", key("carol"))
same([k["Status"] for k in carol.list_access_keys(UserName="dave")["AccessKeyMetadata"]], ["Active", "Inactive"])
same(refused(carol.create_access_key, UserName="dave"),
     ("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409))

control("POST", "settings", {"propagation_seconds": 60})
made = carol.create_access_key()["AccessKey"]
same((made["UserName"], made["Status"], made["AccessKeyId"][:4]), ("carol", "Active", "AKIA"))
new = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
same(refused(client("sts", new).get_caller_identity)[0], "InvalidClientTokenId")
same(carol.get_access_key_last_used(AccessKeyId=made["AccessKeyId"])["AccessKeyLastUsed"],
     {"ServiceName": "N/A", "Region": "N/A"})
ahead(61)
same(client("sts", new).get_caller_identity()["Arn"][-5:], "carol")
used = carol.get_access_key_last_used(AccessKeyId=made["AccessKeyId"])
same((used["UserName"], used["AccessKeyLastUsed"]["ServiceName"], used["AccessKeyLastUsed"]["Region"]),
     ("carol", "sts", "eu-west-1"))

session = client("sts", new).get_session_token()["Credentials"]
session = {"aws_access_key_id": session["AccessKeyId"], "aws_secret_access_key": session["SecretAccessKey"],
           "aws_session_token": session["SessionToken"]}
carol.update_access_key(AccessKeyId=made["AccessKeyId"], Status="Inactive")
same(refused(client("sts", new).get_caller_identity)[0], "InvalidClientTokenId")
carol.update_access_key(AccessKeyId=made["AccessKeyId"], Status="Active")
client("sts", new).get_caller_identity()
carol.delete_access_key(AccessKeyId=made["AccessKeyId"])
# A session outlives its key.
same(client("sts", session).get_caller_identity()["Arn"][-5:], "carol")
GONE = ("NoSuchEntity", f"The Access Key with id {made['AccessKeyId']} cannot be found.", 404)
same(refused(carol.delete_access_key, AccessKeyId=made["AccessKeyId"]), GONE)
same(refused(carol.update_access_key, UserName="dave", AccessKeyId=made["AccessKeyId"], Status="Active"), GONE)
same(refused(client("sts", new).get_caller_identity)[0], "InvalidClientTokenId")
same(refused(client("iam", key("dave")).create_access_key, UserName="alice")[0], "AccessDenied")
same(client("iam", key("alice")).list_account_aliases()["AccountAliases"], ["awsx-sandbox"])
