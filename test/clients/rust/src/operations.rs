//! Every operation of the KMS API once, paginators, errors, retries, and STS.

use crate::cases::{case, equal, staged, Seen, STAGE};
use aws_config::{retry::RetryConfig, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_lc_rs::rsa::{
    OaepAlgorithm, OaepPublicEncryptingKey, PublicEncryptingKey, OAEP_SHA256_MGF1SHA256,
};
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::encrypt::EncryptError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    AlgorithmSpec, ConnectionStateType, DataKeyPairSpec, DataKeySpec, ExpirationModelType,
    GrantOperation, KeyState, OriginType, Tag, WrappingKeySpec,
};
use aws_sdk_kms::Client;
use std::collections::HashSet;
use std::error::Error;
use std::time::{Duration, Instant, SystemTime};

pub async fn run(config: &SdkConfig) {
    let kms = Client::new(config);
    let key = match new_key(&kms).await {
        Ok(key) => key,
        Err(error) => return case("CreateKey", async { Err(error) }).await,
    };
    case("encrypt, decrypt, re-encrypt", encryption(&kms, &key)).await;
    case("data keys, random", data_keys(&kms, &key)).await;
    case("describe, list, update", describing(&kms, &key)).await;
    case("aliases", aliases(&kms, &key)).await;
    case("tags", tags(&kms, &key)).await;
    case("key policies", policies(&kms, &key)).await;
    case("grants", grants(&kms, &key)).await;
    case("rotation", rotation(&kms, &key)).await;
    case("states and deletion", states(&kms, &key)).await;
    case("imported key material", importing(&kms)).await;
    case("multi-Region keys", replicas(&kms, config)).await;
    case("custom key store", custom_key_store(&kms)).await;
    case("paginators", paginators(&kms)).await;
    case("typed errors", typed_errors(&kms)).await;
    case("retries", retries(config)).await;
    case("AssumeRole", assume_role(config)).await;
    case("web identity", web_identity(config)).await;
}

async fn new_key(kms: &Client) -> Result<String, Box<dyn Error>> {
    let tag = Tag::builder().tag_key("for").tag_value("Rust").build()?;
    let made = kms
        .create_key()
        .description("of Rust")
        .tags(tag)
        .send()
        .await?;
    Ok(made.key_metadata.ok_or("no metadata")?.key_id)
}

async fn decrypted(kms: &Client, blob: Option<Blob>) -> Result<Vec<u8>, Box<dyn Error>> {
    let opened = kms.decrypt().set_ciphertext_blob(blob).send().await?;
    Ok(opened.plaintext.ok_or("no plaintext")?.into_inner())
}

async fn encryption(kms: &Client, key: &str) -> Seen {
    let plaintext = Blob::new("secret");
    let sealed = kms.encrypt().key_id(key).plaintext(plaintext.clone());
    let sealed = sealed
        .encryption_context("Ärger", "ß")
        .send()
        .await?
        .ciphertext_blob;
    let opened = kms.decrypt().set_ciphertext_blob(sealed.clone());
    let opened = opened.encryption_context("Ärger", "ß").send().await?;
    equal(opened.plaintext, Some(plaintext))?;
    let moved = kms
        .re_encrypt()
        .set_ciphertext_blob(sealed)
        .destination_key_id(key);
    let moved = moved.source_encryption_context("Ärger", "ß").send().await?;
    equal(
        decrypted(kms, moved.ciphertext_blob).await?,
        b"secret".to_vec(),
    )?;
    Ok(None)
}

async fn data_keys(kms: &Client, key: &str) -> Seen {
    let made = kms
        .generate_data_key()
        .key_id(key)
        .key_spec(DataKeySpec::Aes256)
        .send()
        .await?;
    let plaintext = made.plaintext.ok_or("no plaintext")?.into_inner();
    equal(decrypted(kms, made.ciphertext_blob).await?, plaintext)?;
    let blind = kms
        .generate_data_key_without_plaintext()
        .key_id(key)
        .number_of_bytes(24);
    equal(
        decrypted(kms, blind.send().await?.ciphertext_blob)
            .await?
            .len(),
        24,
    )?;
    let spec = DataKeyPairSpec::EccNistP256;
    let pair = kms
        .generate_data_key_pair()
        .key_id(key)
        .key_pair_spec(spec.clone())
        .send()
        .await?;
    let private = pair
        .private_key_plaintext
        .ok_or("no private key")?
        .into_inner();
    equal(
        decrypted(kms, pair.private_key_ciphertext_blob).await?,
        private,
    )?;
    let blind = kms
        .generate_data_key_pair_without_plaintext()
        .key_id(key)
        .key_pair_spec(spec);
    blind.send().await?;
    let random = kms.generate_random().number_of_bytes(1024).send().await?;
    equal(
        random.plaintext.map(|octets| octets.into_inner().len()),
        Some(1024),
    )?;
    Ok(None)
}

async fn describing(kms: &Client, key: &str) -> Seen {
    kms.update_key_description()
        .key_id(key)
        .description("another")
        .send()
        .await?;
    let described = kms
        .describe_key()
        .key_id(key)
        .send()
        .await?
        .key_metadata
        .ok_or("none")?;
    equal(described.description.as_deref(), Some("another"))?;
    kms.get_key_last_usage().key_id(key).send().await?;
    equal(kms.list_keys().limit(1).send().await?.truncated, true)?;
    Ok(None)
}

async fn aliases(kms: &Client, key: &str) -> Seen {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)?
        .as_nanos();
    let name = format!("alias/rust-{now}");
    kms.create_alias()
        .alias_name(&name)
        .target_key_id(key)
        .send()
        .await?;
    let other = new_key(kms).await?;
    kms.update_alias()
        .alias_name(&name)
        .target_key_id(&other)
        .send()
        .await?;
    let listed = kms.list_aliases().key_id(&other).send().await?;
    equal(
        listed.aliases().first().and_then(|row| row.alias_name()),
        Some(name.as_str()),
    )?;
    kms.delete_alias().alias_name(&name).send().await?;
    Ok(None)
}

async fn tags(kms: &Client, key: &str) -> Seen {
    let tag = Tag::builder().tag_key("more").tag_value("").build()?;
    kms.tag_resource()
        .key_id(key)
        .tags(tag.clone())
        .send()
        .await?;
    kms.untag_resource()
        .key_id(key)
        .tag_keys("for")
        .send()
        .await?;
    equal(
        kms.list_resource_tags().key_id(key).send().await?.tags,
        Some(vec![tag]),
    )?;
    Ok(None)
}

async fn policies(kms: &Client, key: &str) -> Seen {
    let names = kms
        .list_key_policies()
        .key_id(key)
        .send()
        .await?
        .policy_names;
    equal(names, Some(vec!["default".to_owned()]))?;
    let policy = kms.get_key_policy().key_id(key).send().await?.policy;
    kms.put_key_policy()
        .key_id(key)
        .set_policy(policy)
        .send()
        .await?;
    Ok(None)
}

async fn grants(kms: &Client, key: &str) -> Seen {
    let me = staged("userArn");
    let grant = kms
        .create_grant()
        .key_id(key)
        .grantee_principal(me)
        .retiring_principal(me);
    let first = grant
        .clone()
        .operations(GrantOperation::Encrypt)
        .send()
        .await?;
    let second = grant.operations(GrantOperation::Decrypt).send().await?;
    equal(
        kms.list_grants().key_id(key).send().await?.grants().len(),
        2,
    )?;
    kms.list_retirable_grants()
        .retiring_principal(me)
        .send()
        .await?;
    kms.retire_grant()
        .set_grant_token(first.grant_token)
        .send()
        .await?;
    kms.revoke_grant()
        .key_id(key)
        .set_grant_id(second.grant_id)
        .send()
        .await?;
    equal(
        kms.list_grants().key_id(key).send().await?.grants().len(),
        0,
    )?;
    Ok(None)
}

async fn rotation(kms: &Client, key: &str) -> Seen {
    let before = kms
        .encrypt()
        .key_id(key)
        .plaintext(Blob::new("before"))
        .send()
        .await?;
    kms.enable_key_rotation()
        .key_id(key)
        .rotation_period_in_days(180)
        .send()
        .await?;
    let status = kms.get_key_rotation_status().key_id(key).send().await?;
    equal(status.rotation_period_in_days, Some(180))?;
    kms.rotate_key_on_demand().key_id(key).send().await?;
    equal(
        kms.list_key_rotations()
            .key_id(key)
            .send()
            .await?
            .rotations()
            .len(),
        1,
    )?;
    kms.disable_key_rotation().key_id(key).send().await?;
    equal(
        decrypted(kms, before.ciphertext_blob).await?,
        b"before".to_vec(),
    )?;
    Ok(None)
}

async fn states(kms: &Client, key: &str) -> Seen {
    kms.disable_key().key_id(key).send().await?;
    let refused = kms
        .encrypt()
        .key_id(key)
        .plaintext(Blob::new("x"))
        .send()
        .await;
    let error = refused
        .err()
        .ok_or("a disabled key encrypts")?
        .into_service_error();
    equal(error.is_disabled_exception(), true)?;
    kms.enable_key().key_id(key).send().await?;
    let scheduled = kms
        .schedule_key_deletion()
        .key_id(key)
        .pending_window_in_days(7);
    equal(
        scheduled.send().await?.key_state,
        Some(KeyState::PendingDeletion),
    )?;
    kms.cancel_key_deletion().key_id(key).send().await?;
    Ok(None)
}

async fn importing(kms: &Client) -> Seen {
    let made = kms.create_key().origin(OriginType::External).send().await?;
    let key = made.key_metadata.ok_or("no metadata")?.key_id;
    let parameters = kms
        .get_parameters_for_import()
        .key_id(&key)
        .wrapping_algorithm(AlgorithmSpec::RsaesOaepSha256)
        .wrapping_key_spec(WrappingKeySpec::Rsa2048)
        .send()
        .await?;
    let spki = parameters.public_key.ok_or("no public key")?;
    let wrapped = oaep(&OAEP_SHA256_MGF1SHA256, spki.as_ref(), &[7; 32])?;
    kms.import_key_material()
        .key_id(&key)
        .set_import_token(parameters.import_token)
        .encrypted_key_material(Blob::new(wrapped))
        .expiration_model(ExpirationModelType::KeyMaterialDoesNotExpire)
        .send()
        .await?;
    let described = kms.describe_key().key_id(&key).send().await?;
    equal(
        described.key_metadata.and_then(|row| row.key_state),
        Some(KeyState::Enabled),
    )?;
    kms.delete_imported_key_material()
        .key_id(&key)
        .send()
        .await?;
    Ok(None)
}

/// Encrypts for a SubjectPublicKeyInfo.
pub fn oaep(
    algorithm: &'static OaepAlgorithm,
    spki: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, Box<dyn Error>> {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(spki)?)?;
    let mut sealed = vec![0; key.ciphertext_size()];
    let length = key.encrypt(algorithm, plaintext, &mut sealed, None)?.len();
    sealed.truncate(length);
    Ok(sealed)
}

async fn replicas(kms: &Client, config: &SdkConfig) -> Seen {
    let other = staged("otherRegion");
    let made = kms.create_key().multi_region(true).send().await?;
    let key = made.key_metadata.ok_or("no metadata")?.key_id;
    kms.replicate_key()
        .key_id(&key)
        .replica_region(other)
        .send()
        .await?;
    let sealed = kms
        .encrypt()
        .key_id(&key)
        .plaintext(Blob::new("here"))
        .send()
        .await?;
    let there = aws_sdk_kms::config::Builder::from(config)
        .region(Region::new(other))
        .build();
    let there = Client::from_conf(there);
    equal(
        decrypted(&there, sealed.ciphertext_blob).await?,
        b"here".to_vec(),
    )?;
    kms.update_primary_region()
        .key_id(&key)
        .primary_region(other)
        .send()
        .await?;
    Ok(None)
}

async fn custom_key_store(kms: &Client) -> Seen {
    let made = kms
        .create_custom_key_store()
        .custom_key_store_name(staged("customKeyStore/CustomKeyStoreName"))
        .cloud_hsm_cluster_id(staged("customKeyStore/CloudHsmClusterId"))
        .trust_anchor_certificate(staged("customKeyStore/TrustAnchorCertificate"))
        .key_store_password(staged("customKeyStore/KeyStorePassword"))
        .send()
        .await?;
    let store = made.custom_key_store_id.ok_or("no store")?;
    let renamed = kms.update_custom_key_store().custom_key_store_id(&store);
    renamed.new_custom_key_store_name("renamed").send().await?;
    kms.connect_custom_key_store()
        .custom_key_store_id(&store)
        .send()
        .await?;
    until_state(kms, &store, ConnectionStateType::Connected).await?;
    kms.disconnect_custom_key_store()
        .custom_key_store_id(&store)
        .send()
        .await?;
    until_state(kms, &store, ConnectionStateType::Disconnected).await?;
    kms.delete_custom_key_store()
        .custom_key_store_id(&store)
        .send()
        .await?;
    Ok(None)
}

async fn until_state(kms: &Client, store: &str, wanted: ConnectionStateType) -> Seen {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let found = kms
            .describe_custom_key_stores()
            .custom_key_store_id(store)
            .send()
            .await?;
        let state = found
            .custom_key_stores()
            .first()
            .and_then(|row| row.connection_state.clone());
        if state.as_ref() == Some(&wanted) {
            return Ok(None);
        }
        if Instant::now() > deadline {
            return Err(format!("the store is {state:?}, not {wanted:?}").into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn paginators(kms: &Client) -> Seen {
    let kinds = STAGE["kinds"].as_array().ok_or("no kinds")?;
    let mut absent: HashSet<&str> = kinds.iter().filter_map(|row| row["arn"].as_str()).collect();
    let mut pages = kms.list_keys().limit(5).into_paginator().send();
    let mut number = 0;
    while let Some(page) = pages.next().await {
        number += 1;
        for row in page?.keys() {
            absent.remove(row.key_arn().unwrap_or_default());
        }
    }
    equal(absent, HashSet::new())?;
    Ok(Some(format!("{number} pages of ListKeys")))
}

async fn typed_errors(kms: &Client) -> Seen {
    let absent = "00000000-1111-2222-3333-444444444444";
    let error = kms
        .describe_key()
        .key_id(absent)
        .send()
        .await
        .err()
        .ok_or("no error")?;
    equal(error.into_service_error().is_not_found_exception(), true)?;
    let blob = Blob::new(vec![0; 99]);
    let error = kms
        .decrypt()
        .ciphertext_blob(blob)
        .send()
        .await
        .err()
        .ok_or("no error")?;
    equal(
        error.into_service_error().is_invalid_ciphertext_exception(),
        true,
    )?;
    let key = staged("exchangeKeys/symmetric");
    let refused = kms.put_key_policy().key_id(key).policy("{").send().await;
    let error = refused.err().ok_or("no error")?.into_service_error();
    equal(error.is_malformed_policy_document_exception(), true)?;
    Ok(None)
}

async fn retries(config: &SdkConfig) -> Seen {
    let encrypt = |attempts: u32| {
        let flaky = aws_sdk_kms::config::Builder::from(config)
            .endpoint_url(staged("flakyEndpoint"))
            .retry_config(RetryConfig::standard().with_max_attempts(attempts))
            .build();
        let order = Client::from_conf(flaky).encrypt().plaintext(Blob::new("x"));
        order.key_id(staged("exchangeKeys/symmetric")).send()
    };
    let error: SdkError<EncryptError> = encrypt(1).await.err().ok_or("no error")?;
    equal(error.code(), Some("ThrottlingException"))?;
    encrypt(4).await?;
    Ok(None)
}

async fn assume_role(config: &SdkConfig) -> Seen {
    let sts = aws_sdk_sts::Client::new(config);
    let caller = sts.get_caller_identity().send().await?;
    equal(caller.arn.as_deref(), Some(staged("userArn")))?;
    let assumed = sts
        .assume_role()
        .role_arn(staged("roleArn"))
        .role_session_name("rust");
    by_session(config, assumed.send().await?.credentials).await
}

async fn web_identity(config: &SdkConfig) -> Seen {
    let assumed = aws_sdk_sts::Client::new(config)
        .assume_role_with_web_identity()
        .role_arn(staged("webIdentityRoleArn"))
        .role_session_name("rust")
        .web_identity_token(staged("webIdentityToken"))
        .send()
        .await?;
    by_session(config, assumed.credentials).await
}

/// The role may encrypt, and no more.
async fn by_session(config: &SdkConfig, given: Option<aws_sdk_sts::types::Credentials>) -> Seen {
    let given = given.ok_or("no credentials")?;
    let token = Some(given.session_token);
    let keys = (given.access_key_id, given.secret_access_key);
    let credentials = Credentials::new(keys.0, keys.1, token, None, "STS");
    let session = aws_sdk_kms::config::Builder::from(config).credentials_provider(credentials);
    let session = Client::from_conf(session.build());
    let key = staged("exchangeKeys/symmetric");
    session
        .encrypt()
        .key_id(key)
        .plaintext(Blob::new("by a session"))
        .send()
        .await?;
    let error = session
        .disable_key()
        .key_id(key)
        .send()
        .await
        .err()
        .ok_or("it may")?;
    equal(error.code(), Some("AccessDeniedException"))?;
    Ok(None)
}
