package strongroom;

import static strongroom.Cases.STAGE;
import static strongroom.Cases.equal;

import com.amazonaws.encryptionsdk.AwsCrypto;
import com.amazonaws.encryptionsdk.CommitmentPolicy;
import com.amazonaws.encryptionsdk.CryptoAlgorithm;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.EncryptionAlgorithmSpec;
import software.amazon.cryptography.keystore.KeyStore;
import software.amazon.cryptography.keystore.model.CreateKeyInput;
import software.amazon.cryptography.keystore.model.KMSConfiguration;
import software.amazon.cryptography.keystore.model.KeyStoreConfig;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.MaterialProviders;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsDiscoveryKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsEcdhKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsHierarchicalKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsMrkDiscoveryKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsMrkKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsRsaKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateMultiKeyringInput;
import software.amazon.cryptography.materialproviders.model.DiscoveryFilter;
import software.amazon.cryptography.materialproviders.model.KmsEcdhStaticConfigurations;
import software.amazon.cryptography.materialproviders.model.KmsPrivateKeyToStaticPublicKeyInput;
import software.amazon.cryptography.materialproviders.model.KmsPublicKeyDiscoveryInput;
import software.amazon.cryptography.materialproviders.model.MaterialProvidersConfig;
import software.amazon.cryptography.primitives.model.ECDHCurveSpec;

/**
 * The AWS Encryption SDK for Java: messages for the other languages, and theirs. A message lies in
 * the stage's directory of exchange as writer.keyring.message.
 */
final class EncryptionSdk {
  private EncryptionSdk() {}

  private static final byte[] PLAINTEXT = "for all the others".getBytes();
  private static final Map<String, String> KEYS = STAGE.exchangeKeys;
  private static final KmsClient KMS = KmsClient.create();
  private static final KmsClient ELSEWHERE =
      KmsClient.builder().region(Region.of(STAGE.otherRegion)).build();
  private static final MaterialProviders PROVIDERS =
      MaterialProviders.builder()
          .MaterialProvidersConfig(MaterialProvidersConfig.builder().build())
          .build();

  private static final Map<String, Supplier<IKeyring>> WRITERS =
      new TreeMap<>(
          Map.of(
              "kms", () -> strict(KEYS.get("symmetric")),
              "mrk", () -> mrk(KEYS.get("mrk"), KMS),
              "multi", EncryptionSdk::multi,
              "rsa", EncryptionSdk::rsa,
              "ecdh", EncryptionSdk::ecdhSender));

  /** By the name of the message: who may read it. */
  private static final Map<String, Map<String, Supplier<IKeyring>>> READERS =
      Map.of(
          "kms",
              Map.of(
                  "strict", () -> strict(KEYS.get("symmetric")),
                  "discovery", EncryptionSdk::discovery),
          "mrk",
              Map.of(
                  "replica", () -> mrk(KEYS.get("replica"), ELSEWHERE),
                  "discovery elsewhere", EncryptionSdk::mrkDiscovery),
          "multi",
              Map.of(
                  "child", () -> strict(KEYS.get("mrk")), "discovery", EncryptionSdk::discovery),
          "rsa", Map.of("rsa", EncryptionSdk::rsa),
          "ecdh",
              Map.of(
                  "recipient", EncryptionSdk::ecdhRecipient, "sender", EncryptionSdk::ecdhSender));

  static void writeAll() {
    if (STAGE.branchKeys != null) WRITERS.put("hierarchical", EncryptionSdk::newBranchKey);
    WRITERS.forEach(
        (name, keyring) ->
            Cases.run("Encryption SDK writes: " + name, () -> write(name, keyring.get())));
  }

  static void readAll() throws Exception {
    try (var files = Files.list(Path.of(STAGE.exchange))) {
      List<Path> messages = files.filter(file -> file.toString().endsWith(".message")).sorted().toList();
      for (Path file : messages) {
        String[] parts = file.getFileName().toString().split("\\.");
        readers(parts[0], parts[1])
            .forEach(
                (by, keyring) ->
                    Cases.run(
                        "Encryption SDK reads " + parts[0] + "'s " + parts[1] + ": " + by,
                        () -> read(file, keyring.get())));
      }
    }
  }

  private static Map<String, Supplier<IKeyring>> readers(String writer, String name) {
    if (name.equals("hierarchical")) return Map.of("branch key", () -> hierarchical(writer));
    return new TreeMap<>(READERS.get(name));
  }

  private static KeyStore branchKeys() {
    return KeyStore.builder()
        .KeyStoreConfig(
            KeyStoreConfig.builder()
                .ddbTableName(STAGE.branchKeys)
                .logicalKeyStoreName(STAGE.branchKeys)
                .kmsConfiguration(
                    KMSConfiguration.builder().kmsKeyArn(KEYS.get("symmetric")).build())
                .ddbClient(DynamoDbClient.create())
                .kmsClient(KMS)
                .build())
        .build();
  }

  /** A branch key of each writer's own. */
  private static IKeyring hierarchical(String writer) {
    return PROVIDERS.CreateAwsKmsHierarchicalKeyring(
        CreateAwsKmsHierarchicalKeyringInput.builder()
            .keyStore(branchKeys())
            .branchKeyId("of-" + writer)
            .ttlSeconds(60)
            .build());
  }

  private static IKeyring newBranchKey() {
    branchKeys()
        .CreateKey(
            CreateKeyInput.builder()
                .branchKeyIdentifier("of-java")
                .encryptionContext(Map.of("for", "java"))
                .build());
    return hierarchical("java");
  }

  private static String write(String name, IKeyring keyring) throws Exception {
    var crypto = AwsCrypto.builder().withCommitmentPolicy(CommitmentPolicy.RequireEncryptRequireDecrypt);
    if (name.equals("rsa")) {
      // KMS's RSA keyring refuses suites that sign.
      crypto.withEncryptionAlgorithm(CryptoAlgorithm.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);
    }
    byte[] message = crypto.build().encryptData(keyring, PLAINTEXT, Map.of("for", "everybody")).getResult();
    Files.write(Path.of(STAGE.exchange, "java." + name + ".message"), message);
    return null;
  }

  private static String read(Path file, IKeyring keyring) throws Exception {
    var result = AwsCrypto.standard().decryptData(keyring, Files.readAllBytes(file));
    equal(result.getResult(), PLAINTEXT);
    equal(result.getEncryptionContext().get("for"), "everybody");
    return null;
  }

  private static IKeyring strict(String key) {
    return PROVIDERS.CreateAwsKmsKeyring(
        CreateAwsKmsKeyringInput.builder().kmsKeyId(key).kmsClient(KMS).build());
  }

  private static IKeyring mrk(String key, KmsClient client) {
    return PROVIDERS.CreateAwsKmsMrkKeyring(
        CreateAwsKmsMrkKeyringInput.builder().kmsKeyId(key).kmsClient(client).build());
  }

  private static IKeyring multi() {
    return PROVIDERS.CreateMultiKeyring(
        CreateMultiKeyringInput.builder()
            .generator(strict(KEYS.get("symmetric")))
            .childKeyrings(List.of(strict(KEYS.get("mrk"))))
            .build());
  }

  private static DiscoveryFilter filter() {
    return DiscoveryFilter.builder().accountIds(List.of(STAGE.account)).partition("aws").build();
  }

  private static IKeyring discovery() {
    return PROVIDERS.CreateAwsKmsDiscoveryKeyring(
        CreateAwsKmsDiscoveryKeyringInput.builder()
            .kmsClient(KMS)
            .discoveryFilter(filter())
            .build());
  }

  private static IKeyring mrkDiscovery() {
    return PROVIDERS.CreateAwsKmsMrkDiscoveryKeyring(
        CreateAwsKmsMrkDiscoveryKeyringInput.builder()
            .kmsClient(ELSEWHERE)
            .region(STAGE.otherRegion)
            .discoveryFilter(filter())
            .build());
  }

  private static IKeyring rsa() {
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes()).encodeToString(publicKey(KEYS.get("rsa")).array());
    String pem = "-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n";
    return PROVIDERS.CreateAwsKmsRsaKeyring(
        CreateAwsKmsRsaKeyringInput.builder()
            .kmsKeyId(KEYS.get("rsa"))
            .encryptionAlgorithm(EncryptionAlgorithmSpec.RSAES_OAEP_SHA_256)
            .publicKey(ByteBuffer.wrap(pem.getBytes()))
            .kmsClient(KMS)
            .build());
  }

  private static IKeyring ecdhSender() {
    var pair =
        KmsPrivateKeyToStaticPublicKeyInput.builder()
            .senderKmsIdentifier(KEYS.get("ecdhSender"))
            .senderPublicKey(publicKey(KEYS.get("ecdhSender")))
            .recipientPublicKey(publicKey(KEYS.get("ecdhRecipient")))
            .build();
    return ecdh(KmsEcdhStaticConfigurations.builder().KmsPrivateKeyToStaticPublicKey(pair).build());
  }

  private static IKeyring ecdhRecipient() {
    var found =
        KmsPublicKeyDiscoveryInput.builder()
            .recipientKmsIdentifier(KEYS.get("ecdhRecipient"))
            .build();
    return ecdh(KmsEcdhStaticConfigurations.builder().KmsPublicKeyDiscovery(found).build());
  }

  private static IKeyring ecdh(KmsEcdhStaticConfigurations scheme) {
    return PROVIDERS.CreateAwsKmsEcdhKeyring(
        CreateAwsKmsEcdhKeyringInput.builder()
            .KeyAgreementScheme(scheme)
            .curveSpec(ECDHCurveSpec.ECC_NIST_P256)
            .kmsClient(KMS)
            .build());
  }

  private static ByteBuffer publicKey(String key) {
    return ByteBuffer.wrap(KMS.getPublicKey(asked -> asked.keyId(key)).publicKey().asByteArray());
  }
}
