"""boto3, and the AWS Encryption SDK for Python, as their users use them."""

import importlib.metadata
import platform
import sys

import encryption_sdk
import operations
import specs
from cases import case

LIBRARIES = ("boto3", "cryptography", "aws-encryption-sdk")


def versions():
    said = [f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES]
    return ", ".join([f"Python {platform.python_version()}", *said])


if "exchange" in sys.argv:
    encryption_sdk.read_all()
else:
    case("versions", versions)
    operations.run()
    specs.run()
    encryption_sdk.run()
