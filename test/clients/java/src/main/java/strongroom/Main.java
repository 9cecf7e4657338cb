package strongroom;

import static strongroom.Cases.STAGE;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;

/** The AWS SDK for Java v2, the Encryption SDK and Tink, as their users use them. */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws Exception {
    trust(System.getenv("AWS_CA_BUNDLE"));
    if (List.of(args).contains("exchange")) {
      EncryptionSdk.readAll();
      return;
    }
    Cases.run("versions", Main::versions);
    Operations.run();
    Specs.run();
    EncryptionSdk.writeAll();
    Cases.run("Tink: an AEAD of KMS", Tink::aead);
    Cases.run("Tink: envelope encryption", Tink::envelope);
    if (STAGE.branchKeys != null) Cases.run("S3 Encryption Client", S3::object);
    // Whose clients' threads are still there.
    System.exit(0);
  }

  /** Java reads no variable for a certificate authority, but the properties of a key store. */
  private static void trust(String bundle) throws Exception {
    if (bundle == null) return;
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (var pem = Files.newInputStream(Path.of(bundle))) {
      store.setCertificateEntry(
          "strongroom", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    Path file = Files.createTempFile("strongroom-clients", ".p12");
    file.toFile().deleteOnExit();
    try (var written = Files.newOutputStream(file)) {
      store.store(written, "changeit".toCharArray());
    }
    System.setProperty("javax.net.ssl.trustStore", file.toString());
    System.setProperty("javax.net.ssl.trustStorePassword", "changeit");
  }

  /** By the names of the libraries' files: Maven wrote the versions into them. */
  private static String versions() {
    StringBuilder said = new StringBuilder("Java " + Runtime.version().feature());
    for (String file : System.getProperty("java.class.path").split(":")) {
      String name = file.substring(file.lastIndexOf('/') + 1).replace(".jar", "");
      if (name.matches("(kms|aws-encryption-sdk-java|tink-awskms|amazon-s3-encryption-client-java|bcprov-jdk18on)-[0-9.]+")) {
        said.append(", ").append(name);
      }
    }
    return said.toString();
  }
}
