//! A key of every spec and usage: what the server makes is verified here, and the reverse.

use crate::cases::{case, equal, Seen, STAGE};
use crate::operations::oaep;
use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey as AgreementKey};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::kem::{self, EncapsulationKey};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{EncapsulationAlgorithmSpec, KeyAgreementAlgorithmSpec, MessageType};
use aws_sdk_kms::Client;
use serde_json::Value;
use std::error::Error;

const MESSAGE: &[u8] = b"signed there, verified here";

pub async fn run(kms: &Client) {
    for kind in STAGE["kinds"].as_array().into_iter().flatten() {
        let text = |name: &str| kind[name].as_str().unwrap_or_default();
        let (spec, usage, arn) = (text("keySpec"), text("keyUsage"), text("arn"));
        let algorithms: Vec<&str> = kind["algorithms"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let name = format!("{spec} {usage}");
        match usage {
            "ENCRYPT_DECRYPT" => case(&name, encryption(kms, arn, &algorithms)).await,
            "SIGN_VERIFY" => case(&name, signing(kms, spec, arn, &algorithms)).await,
            "GENERATE_VERIFY_MAC" => case(&name, macs(kms, arn, &algorithms)).await,
            "KEY_AGREEMENT" => case(&name, agreed(kms, spec, arn)).await,
            "ENCAPSULATE_DECAPSULATE" => case(&name, encapsulation(kms, spec, arn)).await,
            _ => case(&name, async { Err("this usage has no test".into()) }).await,
        }
    }
}

async fn spki(kms: &Client, arn: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let answer = kms.get_public_key().key_id(arn).send().await?;
    Ok(answer.public_key.ok_or("no public key")?.into_inner())
}

async fn encryption(kms: &Client, arn: &str, algorithms: &[&str]) -> Seen {
    for &algorithm in algorithms {
        let sealed = kms.encrypt().key_id(arn).plaintext(Blob::new(MESSAGE));
        let sealed = sealed.encryption_algorithm(algorithm.into()).send().await?;
        let mut blobs = vec![sealed.ciphertext_blob.ok_or("no blob")?];
        let here = match algorithm {
            "RSAES_OAEP_SHA_1" => Some(&OAEP_SHA1_MGF1SHA1),
            "RSAES_OAEP_SHA_256" => Some(&OAEP_SHA256_MGF1SHA256),
            _ => None,
        };
        if let Some(here) = here {
            blobs.push(Blob::new(oaep(here, &spki(kms, arn).await?, MESSAGE)?));
        }
        for blob in blobs {
            let opened = kms.decrypt().key_id(arn).ciphertext_blob(blob);
            let opened = opened.encryption_algorithm(algorithm.into()).send().await?;
            equal(opened.plaintext, Some(Blob::new(MESSAGE)))?;
        }
    }
    Ok(None)
}

/// What verifies here; aws-lc-rs has no Ed25519ph.
fn verifier(spec: &str, algorithm: &str) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (algorithm, spec) {
        ("RSASSA_PKCS1_V1_5_SHA_256", _) => &signature::RSA_PKCS1_2048_8192_SHA256,
        ("RSASSA_PKCS1_V1_5_SHA_384", _) => &signature::RSA_PKCS1_2048_8192_SHA384,
        ("RSASSA_PKCS1_V1_5_SHA_512", _) => &signature::RSA_PKCS1_2048_8192_SHA512,
        ("RSASSA_PSS_SHA_256", _) => &signature::RSA_PSS_2048_8192_SHA256,
        ("RSASSA_PSS_SHA_384", _) => &signature::RSA_PSS_2048_8192_SHA384,
        ("RSASSA_PSS_SHA_512", _) => &signature::RSA_PSS_2048_8192_SHA512,
        (_, "ECC_NIST_P256") => &signature::ECDSA_P256_SHA256_ASN1,
        (_, "ECC_NIST_P384") => &signature::ECDSA_P384_SHA384_ASN1,
        (_, "ECC_NIST_P521") => &signature::ECDSA_P521_SHA512_ASN1,
        (_, "ECC_SECG_P256K1") => &signature::ECDSA_P256K1_SHA256_ASN1,
        ("ED25519_SHA_512", _) => &signature::ED25519,
        (_, "ML_DSA_44") => &signature::ML_DSA_44,
        (_, "ML_DSA_65") => &signature::ML_DSA_65,
        (_, "ML_DSA_87") => &signature::ML_DSA_87,
        _ => return None,
    })
}

async fn signing(kms: &Client, spec: &str, arn: &str, algorithms: &[&str]) -> Seen {
    let public = spki(kms, arn).await?;
    let mut note = None;
    for &algorithm in algorithms {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, MESSAGE);
        let (message, form) = match algorithm {
            "ED25519_PH_SHA_512" => (digest.as_ref(), MessageType::Digest),
            _ => (MESSAGE, MessageType::Raw),
        };
        let order = kms.sign().key_id(arn).signing_algorithm(algorithm.into());
        let order = order.message(Blob::new(message)).message_type(form.clone());
        let signature = order.send().await?.signature.ok_or("no signature")?;
        match verifier(spec, algorithm) {
            Some(known) => {
                let key = UnparsedPublicKey::new(known, &public);
                key.verify(MESSAGE, signature.as_ref())
                    .map_err(|_| format!("{algorithm}: invalid"))?;
            }
            None => {
                note = Some(format!(
                    "aws-lc-rs has no {algorithm}: verified by the server"
                ))
            }
        }
        let verify = kms.verify().key_id(arn).signing_algorithm(algorithm.into());
        let verify = verify.message(Blob::new(message)).message_type(form);
        equal(
            verify
                .clone()
                .signature(signature.clone())
                .send()
                .await?
                .signature_valid,
            true,
        )?;
        let mut changed = signature.into_inner();
        *changed.last_mut().ok_or("an empty signature")? ^= 1;
        let refused = verify.signature(Blob::new(changed)).send().await;
        let error = refused
            .err()
            .ok_or("a changed signature is valid")?
            .into_service_error();
        equal(error.is_kms_invalid_signature_exception(), true)?;
    }
    Ok(note)
}

async fn macs(kms: &Client, arn: &str, algorithms: &[&str]) -> Seen {
    for &algorithm in algorithms {
        let message = Blob::new(MESSAGE);
        let made = kms.generate_mac().key_id(arn).message(message.clone());
        let mac = made
            .mac_algorithm(algorithm.into())
            .send()
            .await?
            .mac
            .ok_or("no MAC")?;
        let verify = kms
            .verify_mac()
            .key_id(arn)
            .message(message)
            .mac_algorithm(algorithm.into());
        equal(
            verify.clone().mac(mac.clone()).send().await?.mac_valid,
            true,
        )?;
        let refused = verify
            .mac(Blob::new(vec![0; mac.as_ref().len()]))
            .send()
            .await;
        let error = refused
            .err()
            .ok_or("a MAC of nought is valid")?
            .into_service_error();
        equal(error.is_kms_invalid_mac_exception(), true)?;
    }
    Ok(None)
}

async fn agreed(kms: &Client, spec: &str, arn: &str) -> Seen {
    let curve = match spec {
        "ECC_NIST_P256" => &agreement::ECDH_P256,
        "ECC_NIST_P384" => &agreement::ECDH_P384,
        _ => &agreement::ECDH_P521,
    };
    let mine = PrivateKey::generate(curve)?;
    let encoded: PublicKeyX509Der = mine.compute_public_key()?.as_der()?;
    let derived = kms
        .derive_shared_secret()
        .key_id(arn)
        .key_agreement_algorithm(KeyAgreementAlgorithmSpec::Ecdh)
        .public_key(Blob::new(encoded.as_ref()))
        .send()
        .await?;
    let theirs = AgreementKey::new(curve, spki(kms, arn).await?);
    let failed: Box<dyn Error> = "no agreement here".into();
    let here = agreement::agree(&mine, theirs, failed, |secret| Ok(secret.to_vec()))?;
    equal(derived.shared_secret, Some(Blob::new(here)))?;
    Ok(None)
}

async fn encapsulation(kms: &Client, spec: &str, arn: &str) -> Seen {
    let (algorithm, length) = match spec {
        "ML_KEM_512" => (&kem::ML_KEM_512, 800),
        "ML_KEM_768" => (&kem::ML_KEM_768, 1184),
        _ => (&kem::ML_KEM_1024, 1568),
    };
    let ml_kem = EncapsulationAlgorithmSpec::MlKem;
    let open = kms
        .decapsulate()
        .key_id(arn)
        .encapsulation_algorithm(ml_kem.clone());
    let made = kms
        .encapsulate()
        .key_id(arn)
        .encapsulation_algorithm(ml_kem)
        .send()
        .await?;
    let opened = open
        .clone()
        .set_shared_secret_ciphertext_blob(made.shared_secret_ciphertext_blob);
    equal(opened.send().await?.shared_secret, made.shared_secret)?;
    // The key is the end of its SubjectPublicKeyInfo.
    let public = spki(kms, arn).await?;
    let raw = public.get(public.len() - length..).ok_or("a short key")?;
    let (blob, secret) = EncapsulationKey::new(algorithm, raw)?.encapsulate()?;
    let opened = open.shared_secret_ciphertext_blob(Blob::new(blob.as_ref()));
    equal(
        opened.send().await?.shared_secret,
        Some(Blob::new(secret.as_ref())),
    )?;
    Ok(None)
}
