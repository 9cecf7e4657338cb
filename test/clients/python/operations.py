"""Every operation of the KMS API once, paginators, errors, retries, and STS."""

import os
import time
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from cases import STAGE, case, equal
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

ONCE = Config(retries={"total_max_attempts": 1})
kms = boto3.client("kms")
sts = boto3.client("sts")


def new_key(**members):
    return kms.create_key(**members)["KeyMetadata"]["KeyId"]


def run():
    key = new_key(Description="of boto3", Tags=[{"TagKey": "for", "TagValue": "boto3"}])
    for name, test in (
        ("encrypt, decrypt, re-encrypt", encryption),
        ("data keys, random", data_keys),
        ("describe, list, update", describing),
        ("aliases", aliases),
        ("tags", tags),
        ("key policies", policies),
        ("grants", grants),
        ("rotation", rotation),
        ("states and deletion", states),
    ):
        case(name, lambda test=test: test(key))
    for name, test in (
        ("imported key material", importing),
        ("multi-Region keys", replicas),
        ("custom key store", custom_key_store),
        ("paginators", paginators),
        ("typed errors", typed_errors),
        ("retries", retries),
        ("AssumeRole", assume_role),
        ("web identity", web_identity),
    ):
        case(name, test)


def encryption(key):
    context = {"purpose": "test", "Ärger": "ß"}
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=context)
    blob = sealed["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    equal(opened["Plaintext"], b"secret")
    moved = kms.re_encrypt(
        CiphertextBlob=blob, SourceEncryptionContext=context, DestinationKeyId=key
    )
    equal(kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"], b"secret")


def data_keys(key):
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    equal(kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"], made["Plaintext"])
    blind = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=24)
    equal(len(kms.decrypt(CiphertextBlob=blind["CiphertextBlob"])["Plaintext"]), 24)
    pair = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"]
    private = serialization.load_der_private_key(opened, None)
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    equal(public, pair["PublicKey"])
    equal(len(kms.generate_random(NumberOfBytes=1024)["Plaintext"]), 1024)


def describing(key):
    kms.update_key_description(KeyId=key, Description="another")
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    equal(metadata["Description"], "another")
    if metadata["CreationDate"].tzinfo is None:
        raise AssertionError("a date without a zone")
    kms.get_key_last_usage(KeyId=key)
    if not kms.list_keys(Limit=1)["Truncated"]:
        raise AssertionError("there is one key only")


def aliases(key):
    name = f"alias/boto3-{uuid.uuid4()}"
    kms.create_alias(AliasName=name, TargetKeyId=key)
    equal(kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"], key)
    other = new_key()
    kms.update_alias(AliasName=name, TargetKeyId=other)
    equal([row["AliasName"] for row in kms.list_aliases(KeyId=other)["Aliases"]], [name])
    kms.delete_alias(AliasName=name)


def tags(key):
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "more", "TagValue": ""}])
    kms.untag_resource(KeyId=key, TagKeys=["for"])
    equal(kms.list_resource_tags(KeyId=key)["Tags"], [{"TagKey": "more", "TagValue": ""}])


def policies(key):
    equal(kms.list_key_policies(KeyId=key)["PolicyNames"], ["default"])
    policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)


def grants(key):
    me = STAGE["userArn"]
    grant = {"KeyId": key, "GranteePrincipal": me, "RetiringPrincipal": me}
    first = kms.create_grant(**grant, Operations=["Encrypt", "DescribeKey"])
    second = kms.create_grant(**grant, Operations=["Decrypt"])
    listed = {row["GrantId"] for row in kms.list_grants(KeyId=key)["Grants"]}
    equal(listed, {first["GrantId"], second["GrantId"]})
    if len(kms.list_retirable_grants(RetiringPrincipal=me)["Grants"]) < 2:
        raise AssertionError("the grants can't be retired")
    kms.retire_grant(GrantToken=first["GrantToken"])
    kms.revoke_grant(KeyId=key, GrantId=second["GrantId"])
    equal(kms.list_grants(KeyId=key)["Grants"], [])


def rotation(key):
    before = kms.encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=key)
    equal((status["KeyRotationEnabled"], status["RotationPeriodInDays"]), (True, 180))
    kms.rotate_key_on_demand(KeyId=key)
    equal(len(kms.list_key_rotations(KeyId=key)["Rotations"]), 1)
    kms.disable_key_rotation(KeyId=key)
    equal(kms.decrypt(CiphertextBlob=before)["Plaintext"], b"before")


def states(key):
    kms.disable_key(KeyId=key)
    try:
        kms.encrypt(KeyId=key, Plaintext=b"x")
        raise AssertionError("a disabled key encrypts")
    except kms.exceptions.DisabledException:
        pass
    kms.enable_key(KeyId=key)
    equal(kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["KeyState"], "PendingDeletion")
    kms.cancel_key_deletion(KeyId=key)
    equal(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Disabled")


def importing():
    key = new_key(Origin="EXTERNAL")
    parameters = kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
    )
    wrapping = serialization.load_der_public_key(parameters["PublicKey"])
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    kms.import_key_material(
        KeyId=key,
        ImportToken=parameters["ImportToken"],
        EncryptedKeyMaterial=wrapping.encrypt(os.urandom(32), oaep),
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    equal(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Enabled")
    kms.delete_imported_key_material(KeyId=key)
    equal(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "PendingImport")


def replicas():
    other = STAGE["otherRegion"]
    key = new_key(MultiRegion=True)
    kms.replicate_key(KeyId=key, ReplicaRegion=other)
    blob = kms.encrypt(KeyId=key, Plaintext=b"here")["CiphertextBlob"]
    there = boto3.client("kms", region_name=other)
    equal(there.decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"], b"here")
    kms.update_primary_region(KeyId=key, PrimaryRegion=other)
    configuration = there.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]
    equal(configuration["MultiRegionKeyType"], "PRIMARY")


def custom_key_store():
    store = kms.create_custom_key_store(**STAGE["customKeyStore"])["CustomKeyStoreId"]
    kms.update_custom_key_store(CustomKeyStoreId=store, NewCustomKeyStoreName="renamed")
    for change, state in (
        (kms.connect_custom_key_store, "CONNECTED"),
        (kms.disconnect_custom_key_store, "DISCONNECTED"),
    ):
        change(CustomKeyStoreId=store)
        until_state(store, state)
    kms.delete_custom_key_store(CustomKeyStoreId=store)


def until_state(store, wanted):
    deadline = time.monotonic() + 60
    while True:
        found = kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"][0]
        if found["ConnectionState"] == wanted:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"the store is {found}, not {wanted}")
        time.sleep(0.05)


def paginators():
    arns = {kind["arn"] for kind in STAGE["kinds"]}
    pages = 0
    for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 5}):
        pages += 1
        arns -= {row["KeyArn"] for row in page["Keys"]}
    equal(arns, set(), "what the pages lack")
    for name in ("list_aliases", "describe_custom_key_stores"):
        list(kms.get_paginator(name).paginate())
    return f"{pages} pages of ListKeys"


def typed_errors():
    absent = "00000000-1111-2222-3333-444444444444"
    rows = (
        (kms.exceptions.NotFoundException, lambda: kms.describe_key(KeyId=absent)),
        (kms.exceptions.InvalidCiphertextException, lambda: kms.decrypt(CiphertextBlob=b"x" * 99)),
        (
            kms.exceptions.MalformedPolicyDocumentException,
            lambda: kms.put_key_policy(KeyId=STAGE["exchangeKeys"]["symmetric"], Policy="{"),
        ),
    )
    for wanted, call in rows:
        try:
            call()
        except wanted as error:
            if not error.response["ResponseMetadata"]["RequestId"]:
                raise AssertionError("an error without a request's id") from error
        else:
            raise AssertionError(f"no {wanted.__name__}")


def retries():
    key = STAGE["exchangeKeys"]["symmetric"]
    flaky = {"endpoint_url": STAGE["flakyEndpoint"]}
    try:
        boto3.client("kms", **flaky, config=ONCE).encrypt(KeyId=key, Plaintext=b"x")
        raise AssertionError("the flaky front wasn't flaky")
    except ClientError as error:
        equal(error.response["Error"]["Code"], "ThrottlingException")
    patient = Config(retries={"mode": "standard", "total_max_attempts": 4})
    answer = boto3.client("kms", **flaky, config=patient).encrypt(KeyId=key, Plaintext=b"x")
    return f"{answer['ResponseMetadata']['RetryAttempts']} retries"


def assume_role():
    equal(sts.get_caller_identity()["Arn"], STAGE["userArn"])
    assumed = sts.assume_role(RoleArn=STAGE["roleArn"], RoleSessionName="boto3")
    by_session(assumed["Credentials"])


def web_identity():
    assumed = sts.assume_role_with_web_identity(
        RoleArn=STAGE["webIdentityRoleArn"],
        RoleSessionName="boto3",
        WebIdentityToken=STAGE["webIdentityToken"],
    )
    by_session(assumed["Credentials"])


def by_session(credentials):
    """The role may encrypt, and no more."""
    key = STAGE["exchangeKeys"]["symmetric"]
    session = boto3.client(
        "kms",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    session.encrypt(KeyId=key, Plaintext=b"by a session")
    try:
        session.disable_key(KeyId=key)
        raise AssertionError("the role may disable keys")
    except ClientError as error:
        equal(error.response["Error"]["Code"], "AccessDeniedException")
