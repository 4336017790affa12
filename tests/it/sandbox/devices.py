# The life of virtual MFA devices; bob has none at the start, and may do self-service only.
def codes(seed_serial, shift=0):
    """Two consecutive codes of a device, from the sandbox's own view of it."""
    seed = [d["seed"] for d in control("GET", "state")["mfa_devices"] if d["serial"] == seed_serial][0]
    step = control("GET", "time")["now"] // 30 + shift
    return totp(seed, step - 1), totp(seed, step)


def totp(seed, step):
    # RFC 6238 again, in a third hand.
    import base64, hashlib, hmac, struct

    key = base64.b32decode(seed + "=" * (-len(seed) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6)


def enable(iam, user, name, pair):
    return iam.enable_mfa_device(
        UserName=user, SerialNumber=mfa(name), AuthenticationCode1=pair[0], AuthenticationCode2=pair[1]
    )


bob = client("iam", key("bob"))
same(bob.get_user()["User"]["Arn"], f"arn:aws:iam::{ACCOUNT}:user/engineering/new/bob")
same(bob.list_mfa_devices()["MFADevices"], [])
made = bob.create_virtual_mfa_device(VirtualMFADeviceName="bob")["VirtualMFADevice"]
same(made["SerialNumber"], mfa("bob"))
same(len(made["Base32StringSeed"]), 64)
assert made["QRCodePNG"].startswith(b"\x89PNG"), made["QRCodePNG"]
same(made["Base32StringSeed"].decode(), control("GET", "state")["mfa_devices"][-1]["seed"])
same(refused(bob.create_virtual_mfa_device, VirtualMFADeviceName="bob"),
     ("EntityAlreadyExists", "MFADevice entity at the same path and name already exists.", 409))
free = bob.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
same([d["SerialNumber"] for d in free], [mfa("bob")])

good = codes(mfa("bob"))
INVALID = ("InvalidAuthenticationCode", "Authentication code for device is not valid.", 403)
for pair in ("000000", "000001"), (good[0], good[0]), (good[1], good[0]), codes(mfa("bob"), 10):
    same(refused(enable, iam=bob, user="bob", name="bob", pair=pair), INVALID)
same(refused(enable, iam=bob, user="bob", name="bob", pair=("12345x", "123456"))[0], "ValidationError")
same(refused(enable, iam=bob, user="bob", name="other", pair=good),
     ("NoSuchEntity", f"VirtualMFADevice with serial number {mfa('other')} doesn't exist.", 404))
same(refused(enable, iam=bob, user="alice", name="bob", pair=good)[0], "AccessDenied")
enable(bob, "bob", "bob", codes(mfa("bob")))
same([d["SerialNumber"] for d in bob.list_mfa_devices()["MFADevices"]], [mfa("bob")])
same(bob.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"], [])
owner = bob.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"][-1]["User"]["UserName"]
same(owner, "bob")

# The codes that enabled it are used up; the next one opens a session.
sts = client("sts", key("bob"))
same(refused(sts.get_session_token, SerialNumber=mfa("bob"), TokenCode=codes(mfa("bob"))[0])[0], "AccessDenied")
got = sts.get_session_token(SerialNumber=mfa("bob"), TokenCode=code(mfa("bob")))["Credentials"]
strong = client("iam", session(got))

# A further one: only with MFA, and eight in all.
bob.create_virtual_mfa_device(VirtualMFADeviceName="second", Path="/spare/")
same(refused(enable, iam=bob, user="bob", name="spare/second", pair=codes(mfa("spare/second")))[0], "AccessDenied")
enable(strong, "bob", "spare/second", codes(mfa("spare/second")))
carol = client("iam", key("carol"))
for n in range(3, 9):
    carol.create_virtual_mfa_device(VirtualMFADeviceName=f"n{n}")
    enable(carol, "bob", f"n{n}", codes(mfa(f"n{n}")))
carol.create_virtual_mfa_device(VirtualMFADeviceName="n9")
same(refused(enable, iam=carol, user="bob", name="n9", pair=codes(mfa("n9")))[::2], ("LimitExceeded", 409))
same(refused(enable, iam=carol, user="dave", name="n8", pair=codes(mfa("n8")))[0], "EntityAlreadyExists")

# A clock that is off by ten minutes: refused, resynchronised, accepted.
def resync(pair, name="spare/second"):
    return strong.resync_mfa_device(
        UserName="bob", SerialNumber=mfa(name), AuthenticationCode1=pair[0], AuthenticationCode2=pair[1]
    )


off = codes(mfa("spare/second"), 20)
same(refused(sts.get_session_token, SerialNumber=mfa("spare/second"), TokenCode=off[1])[0], "AccessDenied")
same(refused(resync, pair=(off[1], off[0])), INVALID)
resync(off)
same(refused(resync, pair=off), INVALID)
late = codes(mfa("spare/second"), 21)[1]
sts.get_session_token(SerialNumber=mfa("spare/second"), TokenCode=late)
same(refused(resync, pair=off, name="nobody")[0], "NoSuchEntity")

# Away with it: deactivate (with MFA, says the policy), then delete.
gone = {"UserName": "bob", "SerialNumber": mfa("bob")}
same(refused(bob.deactivate_mfa_device, **gone)[0], "AccessDenied")
same(refused(bob.delete_virtual_mfa_device, SerialNumber=mfa("bob")),
     ("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.", 409))
strong.deactivate_mfa_device(**gone)
same(refused(strong.deactivate_mfa_device, **gone)[0], "NoSuchEntity")
same(refused(sts.get_session_token, SerialNumber=mfa("bob"), TokenCode="123456")[1][:46],
     "MultiFactorAuthentication failed, unable to va")
bob.delete_virtual_mfa_device(SerialNumber=mfa("bob"))
same(refused(bob.delete_virtual_mfa_device, SerialNumber=mfa("bob"))[0], "NoSuchEntity")

# carol has one of each sort; pages of two.
control("POST", "settings", {"page_size": 2})
pages = list(carol.get_paginator("list_mfa_devices").paginate())
same([len(p["MFADevices"]) for p in pages], [2, 1])
same([d["SerialNumber"].split(":")[-1][:12] for p in pages for d in p["MFADevices"]],
     ["mfa/phones/c", "GAHT12345678", "u2f/user/car"])
same(refused(carol.list_mfa_devices, Marker="x")[0], "ValidationError")
same(refused(carol.list_mfa_devices, UserName="nobody"),
     ("NoSuchEntity", "The user with name nobody cannot be found.", 404))
