"""A key of every spec and usage: what the server makes, cryptography verifies here, and the reverse."""

import hashlib

from cases import STAGE, case, equal
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, padding, utils
from operations import kms

MESSAGE = b"signed here, verified there"
HASHES = {"224": hashes.SHA224, "256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
OAEP_HASHES = {"RSAES_OAEP_SHA_1": hashes.SHA1, "RSAES_OAEP_SHA_256": hashes.SHA256}


def run():
    for kind in STAGE["kinds"]:
        test = USAGES[kind["keyUsage"]]
        case(f"{kind['keySpec']} {kind['keyUsage']}", lambda kind=kind, test=test: test(kind))
    case("data key pairs", data_key_pairs)


def public_key(kind):
    """The public key, and what stands in the way of reading it: the library's limits are named."""
    answer = kms.get_public_key(KeyId=kind["arn"])
    equal(answer["KeySpec"], kind["keySpec"])
    return serialization.load_der_public_key(answer["PublicKey"])


def encryption(kind):
    for algorithm in kind["algorithms"]:
        order = {"KeyId": kind["arn"], "EncryptionAlgorithm": algorithm}
        sealed = [kms.encrypt(Plaintext=MESSAGE, **order)["CiphertextBlob"]]
        if algorithm in OAEP_HASHES:
            digest = OAEP_HASHES[algorithm]
            oaep = padding.OAEP(padding.MGF1(digest()), digest(), None)
            sealed.append(public_key(kind).encrypt(MESSAGE, oaep))
        for blob in sealed:
            equal(kms.decrypt(CiphertextBlob=blob, **order)["Plaintext"], MESSAGE)


def signing(kind):
    public = public_key(kind)
    notes = []
    for algorithm in kind["algorithms"]:
        order = {"KeyId": kind["arn"], "SigningAlgorithm": algorithm}
        if algorithm == "ED25519_PH_SHA_512":
            digest = {"Message": hashlib.sha512(MESSAGE).digest(), "MessageType": "DIGEST"}
            signature = kms.sign(**digest, **order)["Signature"]
            equal(kms.verify(Signature=signature, **digest, **order)["SignatureValid"], True)
            notes.append("cryptography has no Ed25519ph: verified by the server")
            continue
        signatures = [kms.sign(Message=MESSAGE, **order)["Signature"]]
        if algorithm == "ML_DSA_SHAKE_256":
            mu = external_mu(public)
            signatures.append(kms.sign(Message=mu, MessageType="EXTERNAL_MU", **order)["Signature"])
        elif algorithm != "ED25519_SHA_512":
            digest = hashlib.new(f"sha{algorithm[-3:]}", MESSAGE).digest()
            signatures.append(kms.sign(Message=digest, MessageType="DIGEST", **order)["Signature"])
        for signature in signatures:
            verify(public, algorithm, signature)
            equal(kms.verify(Message=MESSAGE, Signature=signature, **order)["SignatureValid"], True)
        try:
            kms.verify(Message=b"another", Signature=signatures[0], **order)
            raise AssertionError("a signature of another message is valid")
        except kms.exceptions.KMSInvalidSignatureException:
            pass
    return "; ".join(notes)


def external_mu(public):
    """FIPS 204: SHAKE256(SHAKE256(pk, 64) ‖ 0 ‖ 0 ‖ message, 64), by the standard library."""
    tr = hashlib.shake_256(public.public_bytes_raw()).digest(64)
    return hashlib.shake_256(tr + b"\0\0" + MESSAGE).digest(64)


def verify(public, algorithm, signature):
    digest = HASHES.get(algorithm[-3:])
    if algorithm.startswith("RSASSA_PSS"):
        pss = padding.PSS(padding.MGF1(digest()), digest.digest_size)
        public.verify(signature, MESSAGE, pss, digest())
    elif algorithm.startswith("RSASSA_PKCS1"):
        public.verify(signature, MESSAGE, padding.PKCS1v15(), digest())
    elif algorithm.startswith("ECDSA"):
        utils.decode_dss_signature(signature)
        public.verify(signature, MESSAGE, ec.ECDSA(digest()))
    else:
        public.verify(signature, MESSAGE)


def macs(kind):
    for algorithm in kind["algorithms"]:
        order = {"KeyId": kind["arn"], "MacAlgorithm": algorithm, "Message": MESSAGE}
        mac = kms.generate_mac(**order)["Mac"]
        equal(len(mac) * 8, int(algorithm[-3:]))
        equal(kms.verify_mac(Mac=mac, **order)["MacValid"], True)
        try:
            kms.verify_mac(Mac=bytes(len(mac)), **order)
            raise AssertionError("a MAC of nought is valid")
        except kms.exceptions.KMSInvalidMacException:
            pass


def agreement(kind):
    public = public_key(kind)
    mine = ec.generate_private_key(public.curve)
    encoded = mine.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    order = {"KeyId": kind["arn"], "KeyAgreementAlgorithm": "ECDH", "PublicKey": encoded}
    equal(kms.derive_shared_secret(**order)["SharedSecret"], mine.exchange(ec.ECDH(), public))


def encapsulation(kind):
    order = {"KeyId": kind["arn"], "EncapsulationAlgorithm": "ML_KEM"}
    made = kms.encapsulate(**order)
    blob = made["SharedSecretCiphertextBlob"]
    opened = kms.decapsulate(SharedSecretCiphertextBlob=blob, **order)
    equal(opened["SharedSecret"], made["SharedSecret"])
    name = f"MLKEM{kind['keySpec'].removeprefix('ML_KEM_')}PublicKey"
    if not hasattr(mlkem, name):
        return f"cryptography has no {name}: encapsulated by the server alone"
    secret, mine = public_key(kind).encapsulate()
    opened = kms.decapsulate(SharedSecretCiphertextBlob=mine, **order)
    equal(opened["SharedSecret"], secret)
    return None


def data_key_pairs():
    """The plaintext private key of each spec has the public key that was answered."""
    key = STAGE["exchangeKeys"]["symmetric"]
    unread = []
    members = kms.meta.service_model.operation_model("GenerateDataKeyPair").input_shape.members
    for spec in members["KeyPairSpec"].enum:
        if spec == "SM2":  # China Regions only
            continue
        pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec)
        blob = pair["PrivateKeyCiphertextBlob"]
        equal(kms.decrypt(CiphertextBlob=blob)["Plaintext"], pair["PrivateKeyPlaintext"])
        if spec == "ML_KEM_512":
            unread.append(spec)
            continue
        private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
        public = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        equal(public, pair["PublicKey"], f"the public key of {spec}")
    return f"cryptography reads no {', '.join(unread)}" if unread else None


USAGES = {
    "ENCRYPT_DECRYPT": encryption,
    "SIGN_VERIFY": signing,
    "GENERATE_VERIFY_MAC": macs,
    "KEY_AGREEMENT": agreement,
    "ENCAPSULATE_DECAPSULATE": encapsulation,
}
