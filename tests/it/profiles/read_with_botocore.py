"""Says how the AWS CLI's own library reads pairs of AWS files.

stdin: a JSON list of {"config": text or null, "credentials": text or null}; stdout: for each the profiles and the other
named sections, or the name of the error and of what it wraps.
"""

import json
import os
import sys
import tempfile

import botocore.exceptions
import botocore.session


session = botocore.session.Session()


def read(folder, case):
    paths = {}
    for name, variable in (("config", "AWS_CONFIG_FILE"), ("credentials", "AWS_SHARED_CREDENTIALS_FILE")):
        paths[name] = os.environ[variable] = os.path.join(folder, name)
        if case[name] is None:
            paths[name] = os.environ[variable] = os.path.join(folder, "missing")
            continue
        with open(paths[name], "w", encoding="utf-8", newline="") as file:
            file.write(case[name])
    # A session of its own for each pair would take most of the time.
    session._config = None
    try:
        full = session.full_config
    except botocore.exceptions.ConfigParseError as error:
        # The cause is in the text alone: "Unable to parse config file: PATH" hides it, so ask the parser again.
        return {"error": kind(paths), "message": str(error)}
    return {
        "profiles": full["profiles"],
        "sso_sessions": full.get("sso_sessions", {}),
        "services": full.get("services", {}),
    }


def kind(paths):
    import configparser

    for path in paths.values():
        try:
            configparser.RawConfigParser().read([path])
        except (configparser.Error, UnicodeDecodeError) as error:
            return type(error).__name__
    return "nested"


with tempfile.TemporaryDirectory() as folder:
    json.dump([read(folder, case) for case in json.load(sys.stdin)], sys.stdout)
