package strongroom;

import static strongroom.Cases.STAGE;
import static strongroom.Cases.equal;
import static strongroom.Cases.refused;

import java.net.URI;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.AlgorithmSpec;
import software.amazon.awssdk.services.kms.model.ConnectionStateType;
import software.amazon.awssdk.services.kms.model.CreateKeyRequest;
import software.amazon.awssdk.services.kms.model.DataKeyPairSpec;
import software.amazon.awssdk.services.kms.model.DataKeySpec;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.kms.model.ExpirationModelType;
import software.amazon.awssdk.services.kms.model.GrantOperation;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
import software.amazon.awssdk.services.kms.model.KeyState;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.MalformedPolicyDocumentException;
import software.amazon.awssdk.services.kms.model.NotFoundException;
import software.amazon.awssdk.services.kms.model.OriginType;
import software.amazon.awssdk.services.kms.model.WrappingKeySpec;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.Credentials;

/** Every operation of the KMS API once, paginators, errors, retries, and STS. */
final class Operations {
  private Operations() {}

  /** As every user's: Region, credentials and endpoint are in the environment. */
  static final KmsClient KMS = KmsClient.create();

  private static final StsClient STS = StsClient.create();
  private static final SdkBytes SECRET = SdkBytes.fromUtf8String("secret");

  private interface OnKey {
    String run(String key) throws Exception;
  }

  static void run() {
    String key = newKey(asked -> asked.description("of Java").tags(tag -> tag.tagKey("for").tagValue("Java")));
    Map<String, OnKey> tests = new LinkedHashMap<>();
    tests.put("encrypt, decrypt, re-encrypt", Operations::encryption);
    tests.put("data keys, random", Operations::dataKeys);
    tests.put("describe, list, update", Operations::describing);
    tests.put("aliases", Operations::aliases);
    tests.put("tags", Operations::tags);
    tests.put("key policies", Operations::policies);
    tests.put("grants", Operations::grants);
    tests.put("rotation", Operations::rotation);
    tests.put("states and deletion", Operations::states);
    tests.put("imported key material", any -> importing());
    tests.put("multi-Region keys", any -> replicas());
    tests.put("custom key store", any -> customKeyStore());
    tests.put("paginators", any -> paginators());
    tests.put("typed errors", any -> typedErrors());
    tests.put("retries", any -> retries());
    tests.put("AssumeRole", any -> assumeRole());
    tests.put("web identity", any -> webIdentity());
    tests.forEach((name, test) -> Cases.run(name, () -> test.run(key)));
  }

  private static String newKey(Consumer<CreateKeyRequest.Builder> members) {
    return KMS.createKey(members).keyMetadata().keyId();
  }

  static SdkBytes decrypted(SdkBytes blob) {
    return KMS.decrypt(asked -> asked.ciphertextBlob(blob)).plaintext();
  }

  private static String encryption(String key) {
    Map<String, String> context = Map.of("purpose", "test", "Ärger", "ß");
    SdkBytes blob =
        KMS.encrypt(asked -> asked.keyId(key).plaintext(SECRET).encryptionContext(context))
            .ciphertextBlob();
    equal(KMS.decrypt(asked -> asked.ciphertextBlob(blob).encryptionContext(context)).plaintext(), SECRET);
    SdkBytes moved =
        KMS.reEncrypt(
                asked ->
                    asked
                        .ciphertextBlob(blob)
                        .sourceEncryptionContext(context)
                        .destinationKeyId(key))
            .ciphertextBlob();
    equal(decrypted(moved), SECRET);
    return null;
  }

  private static String dataKeys(String key) {
    var made = KMS.generateDataKey(asked -> asked.keyId(key).keySpec(DataKeySpec.AES_256));
    equal(decrypted(made.ciphertextBlob()), made.plaintext());
    var blind = KMS.generateDataKeyWithoutPlaintext(asked -> asked.keyId(key).numberOfBytes(24));
    equal(decrypted(blind.ciphertextBlob()).asByteArray().length, 24);
    KMS.generateDataKeyPairWithoutPlaintext(
        asked -> asked.keyId(key).keyPairSpec(DataKeyPairSpec.ECC_NIST_P256));
    equal(KMS.generateRandom(asked -> asked.numberOfBytes(1024)).plaintext().asByteArray().length, 1024);
    return null;
  }

  private static String describing(String key) {
    KMS.updateKeyDescription(asked -> asked.keyId(key).description("another"));
    equal(KMS.describeKey(asked -> asked.keyId(key)).keyMetadata().description(), "another");
    KMS.getKeyLastUsage(asked -> asked.keyId(key));
    equal(KMS.listKeys(asked -> asked.limit(1)).truncated(), true);
    return null;
  }

  private static String aliases(String key) {
    String name = "alias/java-" + UUID.randomUUID();
    KMS.createAlias(asked -> asked.aliasName(name).targetKeyId(key));
    equal(KMS.describeKey(asked -> asked.keyId(name)).keyMetadata().keyId(), key);
    String other = newKey(asked -> {});
    KMS.updateAlias(asked -> asked.aliasName(name).targetKeyId(other));
    equal(KMS.listAliases(asked -> asked.keyId(other)).aliases().get(0).aliasName(), name);
    KMS.deleteAlias(asked -> asked.aliasName(name));
    return null;
  }

  private static String tags(String key) {
    KMS.tagResource(asked -> asked.keyId(key).tags(tag -> tag.tagKey("more").tagValue("")));
    KMS.untagResource(asked -> asked.keyId(key).tagKeys("for"));
    var tags = KMS.listResourceTags(asked -> asked.keyId(key)).tags();
    equal(tags.stream().map(tag -> tag.tagKey()).toList(), List.of("more"));
    return null;
  }

  private static String policies(String key) {
    equal(KMS.listKeyPolicies(asked -> asked.keyId(key)).policyNames(), List.of("default"));
    String policy = KMS.getKeyPolicy(asked -> asked.keyId(key)).policy();
    KMS.putKeyPolicy(asked -> asked.keyId(key).policy(policy));
    return null;
  }

  private static String grants(String key) {
    var first = grant(key, GrantOperation.ENCRYPT);
    var second = grant(key, GrantOperation.DECRYPT);
    equal(KMS.listGrants(asked -> asked.keyId(key)).grants().size(), 2);
    int retirable =
        KMS.listRetirableGrants(asked -> asked.retiringPrincipal(STAGE.userArn)).grants().size();
    equal(retirable >= 2, true);
    KMS.retireGrant(asked -> asked.grantToken(first.grantToken()));
    KMS.revokeGrant(asked -> asked.keyId(key).grantId(second.grantId()));
    equal(KMS.listGrants(asked -> asked.keyId(key)).grants().size(), 0);
    return null;
  }

  private static software.amazon.awssdk.services.kms.model.CreateGrantResponse grant(
      String key, GrantOperation operation) {
    return KMS.createGrant(
        asked ->
            asked
                .keyId(key)
                .granteePrincipal(STAGE.userArn)
                .retiringPrincipal(STAGE.userArn)
                .operations(operation));
  }

  private static String rotation(String key) {
    SdkBytes before = KMS.encrypt(asked -> asked.keyId(key).plaintext(SECRET)).ciphertextBlob();
    KMS.enableKeyRotation(asked -> asked.keyId(key).rotationPeriodInDays(180));
    equal(KMS.getKeyRotationStatus(asked -> asked.keyId(key)).rotationPeriodInDays(), 180);
    KMS.rotateKeyOnDemand(asked -> asked.keyId(key));
    equal(KMS.listKeyRotations(asked -> asked.keyId(key)).rotations().size(), 1);
    KMS.disableKeyRotation(asked -> asked.keyId(key));
    equal(decrypted(before), SECRET);
    return null;
  }

  private static String states(String key) throws Exception {
    KMS.disableKey(asked -> asked.keyId(key));
    refused(
        DisabledException.class,
        () -> KMS.encrypt(asked -> asked.keyId(key).plaintext(SECRET)).keyId());
    KMS.enableKey(asked -> asked.keyId(key));
    var scheduled = KMS.scheduleKeyDeletion(asked -> asked.keyId(key).pendingWindowInDays(7));
    equal(scheduled.keyState(), KeyState.PENDING_DELETION);
    KMS.cancelKeyDeletion(asked -> asked.keyId(key));
    return null;
  }

  private static String importing() throws Exception {
    String key = newKey(asked -> asked.origin(OriginType.EXTERNAL));
    var parameters =
        KMS.getParametersForImport(
            asked ->
                asked
                    .keyId(key)
                    .wrappingAlgorithm(AlgorithmSpec.RSAES_OAEP_SHA_256)
                    .wrappingKeySpec(WrappingKeySpec.RSA_2048));
    byte[] material = new byte[32];
    new SecureRandom().nextBytes(material);
    SdkBytes wrapped = oaep("SHA-256", parameters.publicKey(), material);
    KMS.importKeyMaterial(
        asked ->
            asked
                .keyId(key)
                .importToken(parameters.importToken())
                .encryptedKeyMaterial(wrapped)
                .expirationModel(ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE));
    equal(KMS.describeKey(asked -> asked.keyId(key)).keyMetadata().keyState(), KeyState.ENABLED);
    KMS.deleteImportedKeyMaterial(asked -> asked.keyId(key));
    return null;
  }

  /** OAEP with MGF1 of the same hash: Java's transformation by name takes MGF1 with SHA-1. */
  static SdkBytes oaep(String hash, SdkBytes publicKey, byte[] plaintext) throws Exception {
    var key =
        KeyFactory.getInstance("RSA")
            .generatePublic(new X509EncodedKeySpec(publicKey.asByteArray()));
    Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
    var mask = new MGF1ParameterSpec(hash);
    cipher.init(
        Cipher.ENCRYPT_MODE,
        key,
        new OAEPParameterSpec(hash, "MGF1", mask, PSource.PSpecified.DEFAULT));
    return SdkBytes.fromByteArray(cipher.doFinal(plaintext));
  }

  private static String replicas() {
    String key = newKey(asked -> asked.multiRegion(true));
    KMS.replicateKey(asked -> asked.keyId(key).replicaRegion(STAGE.otherRegion));
    SdkBytes blob = KMS.encrypt(asked -> asked.keyId(key).plaintext(SECRET)).ciphertextBlob();
    try (KmsClient there = KmsClient.builder().region(Region.of(STAGE.otherRegion)).build()) {
      equal(there.decrypt(asked -> asked.keyId(key).ciphertextBlob(blob)).plaintext(), SECRET);
    }
    KMS.updatePrimaryRegion(asked -> asked.keyId(key).primaryRegion(STAGE.otherRegion));
    return null;
  }

  private static String customKeyStore() throws InterruptedException {
    Map<String, String> wanted = STAGE.customKeyStore;
    String store =
        KMS.createCustomKeyStore(
                asked ->
                    asked
                        .customKeyStoreName(wanted.get("CustomKeyStoreName"))
                        .cloudHsmClusterId(wanted.get("CloudHsmClusterId"))
                        .trustAnchorCertificate(wanted.get("TrustAnchorCertificate"))
                        .keyStorePassword(wanted.get("KeyStorePassword")))
            .customKeyStoreId();
    KMS.updateCustomKeyStore(
        asked -> asked.customKeyStoreId(store).newCustomKeyStoreName("renamed"));
    KMS.connectCustomKeyStore(asked -> asked.customKeyStoreId(store));
    untilState(store, ConnectionStateType.CONNECTED);
    KMS.disconnectCustomKeyStore(asked -> asked.customKeyStoreId(store));
    untilState(store, ConnectionStateType.DISCONNECTED);
    KMS.deleteCustomKeyStore(asked -> asked.customKeyStoreId(store));
    return null;
  }

  private static void untilState(String store, ConnectionStateType wanted)
      throws InterruptedException {
    long deadline = System.currentTimeMillis() + 60_000;
    while (true) {
      var found = KMS.describeCustomKeyStores(asked -> asked.customKeyStoreId(store));
      var state = found.customKeyStores().get(0).connectionState();
      if (state == wanted) return;
      if (System.currentTimeMillis() > deadline) {
        throw new AssertionError("the store is " + state + ", not " + wanted);
      }
      Thread.sleep(50);
    }
  }

  private static String paginators() {
    Set<String> absent = STAGE.kinds.stream().map(Cases.Kind::arn).collect(Collectors.toSet());
    int pages = 0;
    for (var page : KMS.listKeysPaginator(asked -> asked.limit(5))) {
      pages += 1;
      page.keys().forEach(row -> absent.remove(row.keyArn()));
    }
    equal(absent, Set.of());
    return pages + " pages of ListKeys";
  }

  private static String typedErrors() throws Exception {
    String absent = "00000000-1111-2222-3333-444444444444";
    refused(
        NotFoundException.class, () -> KMS.describeKey(asked -> asked.keyId(absent)).toString());
    refused(
        InvalidCiphertextException.class,
        () -> decrypted(SdkBytes.fromByteArray(new byte[99])).toString());
    refused(
        MalformedPolicyDocumentException.class,
        () ->
            KMS.putKeyPolicy(
                    asked -> asked.keyId(STAGE.exchangeKeys.get("symmetric")).policy("{"))
                .toString());
    return null;
  }

  private static String retries() throws Exception {
    equal(flaky(1), "ThrottlingException");
    equal(flaky(4), "");
    return null;
  }

  /** The code of what Encrypt behind the flaky front ends with; nothing when it succeeds. */
  private static String flaky(int attempts) {
    var strategy =
        AwsRetryStrategy.standardRetryStrategy().toBuilder().maxAttempts(attempts).build();
    try (KmsClient client =
        KmsClient.builder()
            .endpointOverride(URI.create(STAGE.flakyEndpoint))
            .overrideConfiguration(override -> override.retryStrategy(strategy))
            .build()) {
      client.encrypt(
          asked -> asked.keyId(STAGE.exchangeKeys.get("symmetric")).plaintext(SECRET));
      return "";
    } catch (KmsException thrown) {
      return thrown.awsErrorDetails().errorCode();
    }
  }

  private static String assumeRole() throws Exception {
    equal(STS.getCallerIdentity().arn(), STAGE.userArn);
    return bySession(
        STS.assumeRole(asked -> asked.roleArn(STAGE.roleArn).roleSessionName("java"))
            .credentials());
  }

  private static String webIdentity() throws Exception {
    return bySession(
        STS.assumeRoleWithWebIdentity(
                asked ->
                    asked
                        .roleArn(STAGE.webIdentityRoleArn)
                        .roleSessionName("java")
                        .webIdentityToken(STAGE.webIdentityToken))
            .credentials());
  }

  /** The role may encrypt, and no more. */
  private static String bySession(Credentials given) throws Exception {
    String key = STAGE.exchangeKeys.get("symmetric");
    var credentials =
        AwsSessionCredentials.create(
            given.accessKeyId(), given.secretAccessKey(), given.sessionToken());
    try (KmsClient session =
        KmsClient.builder()
            .credentialsProvider(StaticCredentialsProvider.create(credentials))
            .build()) {
      session.encrypt(asked -> asked.keyId(key).plaintext(SECRET));
      try {
        session.disableKey(asked -> asked.keyId(key));
      } catch (KmsException thrown) {
        equal(thrown.awsErrorDetails().errorCode(), "AccessDeniedException");
        return null;
      }
    }
    throw new AssertionError("the role may disable keys");
  }
}
