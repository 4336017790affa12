"""The tokens that botocore and the AWS CLI would make now, in this environment: one line of JSON for each line of input.

Input: {"at": "20260101T000000Z", "eks": CLUSTER, "region": REGION} or {"at": …, "rds": [HOST, PORT, USER], "region": REGION}.
"""

import base64
import datetime
import json
import os
import sys

# The signer in C takes the time from the system.
os.environ["BOTO_DISABLE_CRT"] = "true"

import botocore.auth
import botocore.session
from awscli.customizations.eks.get_token import STSClientFactory, TokenGenerator

for line in sys.stdin:
    asked = json.loads(line)
    now = datetime.datetime.strptime(asked["at"], "%Y%m%dT%H%M%SZ")
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True, now=now: now
    session = botocore.session.get_session()
    region = asked["region"]
    if "eks" in asked:
        client = STSClientFactory(session).get_sts_client(region_name=region)
        token = TokenGenerator(client).get_token(asked["eks"])
        url = token.removeprefix("k8s-aws-v1.")
        print(json.dumps(base64.urlsafe_b64decode(url + "=" * (-len(url) % 4)).decode()))
    else:
        host, port, user = asked["rds"]
        client = session.create_client("rds", region_name=region)
        print(json.dumps("https://" + client.generate_db_auth_token(host, port, user)))
