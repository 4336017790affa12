"""Prints how this environment's SDK would call AWS: endpoints and settings of some services."""
import json

import botocore.session


def told(value, default):
    """What is said in so many words is the same as what is the case without."""
    return default if value is None else value


session = botocore.session.get_session()
view = {}
for service in ["sts", "s3", "elasticbeanstalk"]:
    client = session.create_client(service)
    config = client.meta.config
    view[service] = {
        "endpoint": client.meta.endpoint_url,
        "region": client.meta.region_name,
        "fips": told(config.use_fips_endpoint, False),
        "dualstack": told(config.use_dualstack_endpoint, False),
        "retries": [config.retries["mode"], config.retries.get("total_max_attempts", 3)],
        "checksums": [config.request_checksum_calculation, config.response_checksum_validation],
        "compression": [config.disable_request_compression, config.request_min_compression_size_bytes],
        "account_id": config.account_id_endpoint_mode,
        "defaults": told(config.defaults_mode, "legacy"),
        "app": config.user_agent_appid,
        "schemes": config.auth_scheme_preference,
        "s3": {key: value for key, value in (config.s3 or {}).items() if value not in (False, "legacy")},
        "discovery": told(config.endpoint_discovery_enabled, "auto"),
        "bundle": session.get_config_variable("ca_bundle"),
    }
print(json.dumps(view, indent=1, sort_keys=True))
