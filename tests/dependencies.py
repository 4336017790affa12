#!/usr/bin/env python3
"""Checks the dependencies against deny.toml: licences, versions that occur twice, sources.

It reads what cargo has downloaded already and needs no network. `cargo deny check` does more: other platforms, and the
list of known vulnerabilities.
"""

import json
import subprocess
import sys
import tomllib
from collections import defaultdict


def metadata():
    host = subprocess.run(["rustc", "--print", "host-tuple"], check=True, capture_output=True, text=True).stdout.strip()
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--offline", "--all-features"]
    answer = subprocess.run([*command, "--filter-platform", host], check=True, capture_output=True)
    return json.loads(answer.stdout)


def allowed(licence, names):
    """Whether an SPDX expression can be met by licences among `names`."""
    words = licence.replace("(", " ( ").replace(")", " ) ").replace("/", " OR ").split()

    def either():
        met = both()
        while words and words[0] == "OR":
            words.pop(0)
            met = both() or met
        return met

    def both():
        met = one()
        while words and words[0] == "AND":
            words.pop(0)
            met = one() and met
        return met

    def one():
        word = words.pop(0)
        if word == "(":
            met = either()
            words.pop(0)
            return met
        if words and words[0] == "WITH":
            word = " ".join([word, words.pop(0), words.pop(0)])
        return word in names

    return either() and not words


def faults(rules, found):
    ours = set(found["workspace_members"])
    # What is only downloaded, for another platform or a feature of a dependency that is off, doesn't count.
    used = {node["id"] for node in found["resolve"]["nodes"]}
    packages = [package for package in found["packages"] if package["id"] in used]
    exceptions = {entry["crate"]: entry["allow"] for entry in rules["licenses"]["exceptions"]}
    used_licences = set()
    versions = defaultdict(list)
    for package in packages:
        name = f"{package['name']} {package['version']}"
        versions[package["name"]].append(package["version"])
        licence = package["license"] or ""
        if not licence or not allowed(licence, rules["licenses"]["allow"] + exceptions.get(package["name"], [])):
            yield f"{name}: the licence {licence or '(none)'} is not in deny.toml"
        used_licences |= set(licence.replace("(", " ").replace(")", " ").replace("/", " ").split())
        if package["id"] not in ours and not (package["source"] or "a folder").startswith("registry+"):
            yield f"{name}: comes from {package['source'] or 'a folder'}"
        for dependency in package["dependencies"]:
            if package["id"] in ours and dependency["req"] == "*":
                yield f"{dependency['name']}: any version would do"
    registries = {package["source"] for package in packages if package["id"] not in ours}
    if len(registries) > 1:
        yield f"more than one registry: {registries}"
    skipped = {entry["crate"] for entry in rules["bans"]["skip"]}
    for name, several in versions.items():
        rest = [version for version in several if f"{name}@{version}" not in skipped]
        if len(rest) > 1:
            yield f"{name}: {' and '.join(sorted(several))}"
    twice = {f"{name}@{version}" for name, several in versions.items() if len(several) > 1 for version in several}
    for entry in sorted(skipped - twice):
        yield f"{entry}: is skipped in deny.toml without need"
    for licence in sorted(set(rules["licenses"]["allow"]) - used_licences):
        yield f"{licence}: is allowed in deny.toml and nobody's licence"


def main():
    with open("deny.toml", "rb") as file:
        rules = tomllib.load(file)
    found = list(faults(rules, metadata()))
    for fault in found:
        print(f"dependencies: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
