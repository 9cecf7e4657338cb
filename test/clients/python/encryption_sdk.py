"""The AWS Encryption SDK for Python: messages for the other languages, and theirs.

A message lies in the stage's directory of exchange as <writer>.<keyring>.message.
"""

import pathlib

import aws_cryptographic_material_providers.mpl.models as mpl
import boto3
from aws_cryptographic_material_providers.keystore import KeyStore
from aws_cryptographic_material_providers.keystore.config import KeyStoreConfig
from aws_cryptographic_material_providers.keystore.models import (
    CreateKeyInput,
    KMSConfigurationKmsKeyArn,
)
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import Algorithm
from cases import STAGE, case, equal
from cryptography.hazmat.primitives import serialization

PLAINTEXT = b"for all the others"
CONTEXT = {"for": "everybody"}
KEYS = STAGE["exchangeKeys"]
EXCHANGE = pathlib.Path(STAGE["exchange"])

kms = boto3.client("kms")
elsewhere = boto3.client("kms", region_name=STAGE["otherRegion"])
providers = AwsCryptographicMaterialProviders(MaterialProvidersConfig())
sdk = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


def strict(key, client=kms):
    return providers.create_aws_kms_keyring(
        mpl.CreateAwsKmsKeyringInput(kms_key_id=key, kms_client=client)
    )


def mrk(key, client=kms):
    return providers.create_aws_kms_mrk_keyring(
        mpl.CreateAwsKmsMrkKeyringInput(kms_key_id=key, kms_client=client)
    )


def discovery():
    found = mpl.DiscoveryFilter(account_ids=[STAGE["account"]], partition="aws")
    return providers.create_aws_kms_discovery_keyring(
        mpl.CreateAwsKmsDiscoveryKeyringInput(kms_client=kms, discovery_filter=found)
    )


def mrk_discovery():
    return providers.create_aws_kms_mrk_discovery_keyring(
        mpl.CreateAwsKmsMrkDiscoveryKeyringInput(
            kms_client=elsewhere, region=STAGE["otherRegion"]
        )
    )


def multi():
    several = mpl.CreateMultiKeyringInput(
        generator=strict(KEYS["symmetric"]), child_keyrings=[strict(KEYS["mrk"])]
    )
    return providers.create_multi_keyring(several)


def public_key(key, encoding):
    der = kms.get_public_key(KeyId=key)["PublicKey"]
    if encoding == serialization.Encoding.DER:
        return der
    public = serialization.load_der_public_key(der)
    return public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)


def rsa():
    return providers.create_aws_kms_rsa_keyring(
        mpl.CreateAwsKmsRsaKeyringInput(
            kms_key_id=KEYS["rsa"],
            encryption_algorithm="RSAES_OAEP_SHA_256",
            public_key=public_key(KEYS["rsa"], serialization.Encoding.PEM),
            kms_client=kms,
        )
    )


def ecdh(scheme):
    return providers.create_aws_kms_ecdh_keyring(
        mpl.CreateAwsKmsEcdhKeyringInput(
            key_agreement_scheme=scheme, curve_spec="ECC_NIST_P256", kms_client=kms
        )
    )


def ecdh_sender():
    pair = mpl.KmsPrivateKeyToStaticPublicKeyInput(
        sender_kms_identifier=KEYS["ecdhSender"],
        sender_public_key=public_key(KEYS["ecdhSender"], serialization.Encoding.DER),
        recipient_public_key=public_key(KEYS["ecdhRecipient"], serialization.Encoding.DER),
    )
    return ecdh(mpl.KmsEcdhStaticConfigurationsKmsPrivateKeyToStaticPublicKey(pair))


def ecdh_recipient():
    found = mpl.KmsPublicKeyDiscoveryInput(recipient_kms_identifier=KEYS["ecdhRecipient"])
    return ecdh(mpl.KmsEcdhStaticConfigurationsKmsPublicKeyDiscovery(found))


def branch_keys():
    table = STAGE["branchKeys"]
    return KeyStore(
        KeyStoreConfig(
            ddb_table_name=table,
            logical_key_store_name=table,
            kms_configuration=KMSConfigurationKmsKeyArn(KEYS["symmetric"]),
            ddb_client=boto3.client("dynamodb"),
            kms_client=kms,
        )
    )


def hierarchical(writer):
    """A branch key of each writer's own."""
    return providers.create_aws_kms_hierarchical_keyring(
        mpl.CreateAwsKmsHierarchicalKeyringInput(
            key_store=branch_keys(), branch_key_id=f"of-{writer}", ttl_seconds=60
        )
    )


def new_branch_key():
    order = CreateKeyInput(branch_key_identifier="of-python", encryption_context={"for": "python"})
    branch_keys().create_key(order)
    return hierarchical("python")


#: By the name of the message: who writes it, and who may read it.
WRITERS = {
    "kms": lambda: strict(KEYS["symmetric"]),
    "mrk": lambda: mrk(KEYS["mrk"]),
    "multi": multi,
    "rsa": rsa,
    "ecdh": ecdh_sender,
}
READERS = {
    "kms": {"strict": lambda: strict(KEYS["symmetric"]), "discovery": discovery},
    "mrk": {
        "replica": lambda: mrk(KEYS["replica"], elsewhere),
        "discovery elsewhere": mrk_discovery,
    },
    "multi": {"child": lambda: strict(KEYS["mrk"]), "discovery": discovery},
    "rsa": {"rsa": rsa},
    "ecdh": {"recipient": ecdh_recipient, "sender": ecdh_sender},
}


if "branchKeys" in STAGE:
    WRITERS["hierarchical"] = new_branch_key
    READERS["hierarchical"] = {"branch key": hierarchical}


def run():
    for name, keyring in WRITERS.items():
        case(f"Encryption SDK writes: {name}", lambda n=name, k=keyring: write(n, k))


def write(name, keyring):
    # KMS's RSA keyring refuses suites that sign.
    suite = {"algorithm": Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY} if name == "rsa" else {}
    message, _ = sdk.encrypt(
        source=PLAINTEXT, keyring=keyring(), encryption_context=CONTEXT, **suite
    )
    (EXCHANGE / f"python.{name}.message").write_bytes(message)


def read_all():
    for file in sorted(EXCHANGE.glob("*.message")):
        writer, name, _ = file.name.split(".")
        for by, keyring in READERS[name].items():
            given = (writer,) if name == "hierarchical" else ()
            case(
                f"Encryption SDK reads {writer}'s {name}: {by}",
                lambda f=file, k=keyring, g=given: read(f, k(*g)),
            )


def read(file, keyring):
    plaintext, header = sdk.decrypt(source=file.read_bytes(), keyring=keyring)
    equal(plaintext, PLAINTEXT)
    equal(header.encryption_context["for"], "everybody")
