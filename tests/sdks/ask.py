"""Asks boto3, or the AWS CLI, which credentials and which region it takes, in each of many environments."""
import getpass
import json
import os
import sys

# The code of an MFA device, for a role that asks for one.
getpass.getpass = lambda prompt: "123456"
if sys.argv[1] == "boto3":
    import boto3
else:
    # With a botocore of its own, that takes the place of boto3's.
    import awscli.clidriver


def of_boto3():
    session = boto3.Session()
    return session.get_credentials(), session.region_name


def of_the_cli():
    session = awscli.clidriver.create_clidriver().session
    return session.get_credentials(), session.get_config_variable("region")


def asked(ask):
    try:
        credentials, region = ask()
        return {"id": credentials and credentials.get_frozen_credentials().access_key, "region": region}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


answers = []
for situation in json.load(open(sys.argv[2])):
    os.environ.clear()
    os.environ.update(situation)
    answers.append(asked(of_boto3 if sys.argv[1] == "boto3" else of_the_cli))
print(json.dumps({sys.argv[1]: answers}))
