package strongroom;

import static strongroom.Cases.STAGE;
import static strongroom.Cases.equal;
import static strongroom.Cases.refused;
import static strongroom.Operations.KMS;
import static strongroom.Operations.decrypted;
import static strongroom.Operations.oaep;

import java.io.IOException;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.crypto.KeyAgreement;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.digests.SHAKEDigest;
import org.bouncycastle.crypto.kems.MLKEMGenerator;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519phSigner;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.model.DataKeyPairSpec;
import software.amazon.awssdk.services.kms.model.EncapsulationAlgorithmSpec;
import software.amazon.awssdk.services.kms.model.KeyAgreementAlgorithmSpec;
import software.amazon.awssdk.services.kms.model.KmsInvalidMacException;
import software.amazon.awssdk.services.kms.model.KmsInvalidSignatureException;
import software.amazon.awssdk.services.kms.model.MessageType;

/** A key of every spec and usage: what the server makes is verified here, and the reverse. */
final class Specs {
  private Specs() {}

  private static final byte[] MESSAGE = "signed there, verified here".getBytes();
  private static final SdkBytes RAW = SdkBytes.fromByteArray(MESSAGE);

  private interface OnKind {
    void run(Cases.Kind kind) throws Exception;
  }

  private static final Map<String, OnKind> USAGES =
      Map.of(
          "ENCRYPT_DECRYPT", Specs::encryption,
          "SIGN_VERIFY", Specs::signing,
          "GENERATE_VERIFY_MAC", Specs::macs,
          "KEY_AGREEMENT", Specs::agreement,
          "ENCAPSULATE_DECAPSULATE", Specs::encapsulation);

  static void run() {
    Security.addProvider(new BouncyCastleProvider());
    for (Cases.Kind kind : STAGE.kinds) {
      Cases.run(
          kind.keySpec() + " " + kind.keyUsage(),
          () -> {
            USAGES.get(kind.keyUsage()).run(kind);
            return null;
          });
    }
    Cases.run("data key pairs", Specs::dataKeyPairs);
  }

  private static SdkBytes publicKey(Cases.Kind kind) {
    var answer = KMS.getPublicKey(asked -> asked.keyId(kind.arn()));
    equal(answer.keySpecAsString(), kind.keySpec());
    return answer.publicKey();
  }

  private static void encryption(Cases.Kind kind) throws Exception {
    for (String algorithm : kind.algorithms()) {
      List<SdkBytes> blobs = new ArrayList<>();
      blobs.add(
          KMS.encrypt(
                  asked ->
                      asked.keyId(kind.arn()).plaintext(RAW).encryptionAlgorithm(algorithm))
              .ciphertextBlob());
      if (algorithm.startsWith("RSAES")) {
        String hash = algorithm.endsWith("SHA_1") ? "SHA-1" : "SHA-256";
        blobs.add(oaep(hash, publicKey(kind), MESSAGE));
      }
      for (SdkBytes blob : blobs) {
        var opened =
            KMS.decrypt(
                asked ->
                    asked.keyId(kind.arn()).ciphertextBlob(blob).encryptionAlgorithm(algorithm));
        equal(opened.plaintext(), RAW);
      }
    }
  }

  private static void signing(Cases.Kind kind) throws Exception {
    SdkBytes spki = publicKey(kind);
    for (String algorithm : kind.algorithms()) {
      for (Map.Entry<MessageType, SdkBytes> form : forms(algorithm, spki).entrySet()) {
        SdkBytes signature =
            KMS.sign(
                    asked ->
                        asked
                            .keyId(kind.arn())
                            .signingAlgorithm(algorithm)
                            .messageType(form.getKey())
                            .message(form.getValue()))
                .signature();
        equal(verifies(algorithm, spki, signature.asByteArray()), true);
        verify(kind, algorithm, form, signature);
        byte[] changed = signature.asByteArray();
        changed[changed.length - 1] ^= 1;
        refused(
            KmsInvalidSignatureException.class,
            () -> verify(kind, algorithm, form, SdkBytes.fromByteArray(changed)));
      }
    }
  }

  private static String verify(
      Cases.Kind kind, String algorithm, Map.Entry<MessageType, SdkBytes> form, SdkBytes signature) {
    return KMS.verify(
            asked ->
                asked
                    .keyId(kind.arn())
                    .signingAlgorithm(algorithm)
                    .messageType(form.getKey())
                    .message(form.getValue())
                    .signature(signature))
        .toString();
  }

  /** The same message in each form that the algorithm takes. */
  private static Map<MessageType, SdkBytes> forms(String algorithm, SdkBytes spki)
      throws Exception {
    switch (algorithm) {
      case "ED25519_SHA_512":
        return Map.of(MessageType.RAW, RAW);
      case "ED25519_PH_SHA_512":
        return Map.of(MessageType.DIGEST, digest(algorithm));
      case "ML_DSA_SHAKE_256":
        return Map.of(MessageType.RAW, RAW, MessageType.EXTERNAL_MU, externalMu(spki));
      default:
        return Map.of(MessageType.RAW, RAW, MessageType.DIGEST, digest(algorithm));
    }
  }

  private static String bits(String algorithm) {
    return algorithm.substring(algorithm.length() - 3);
  }

  private static SdkBytes digest(String algorithm) throws Exception {
    return SdkBytes.fromByteArray(MessageDigest.getInstance("SHA-" + bits(algorithm)).digest(MESSAGE));
  }

  /** FIPS 204: SHAKE256(SHAKE256(pk, 64) ‖ 0 ‖ 0 ‖ message, 64). */
  private static SdkBytes externalMu(SdkBytes spki) {
    byte[] key = SubjectPublicKeyInfo.getInstance(spki.asByteArray()).getPublicKeyData().getBytes();
    byte[] hashed = shake(key);
    byte[] input = new byte[66 + MESSAGE.length];
    System.arraycopy(hashed, 0, input, 0, 64);
    System.arraycopy(MESSAGE, 0, input, 66, MESSAGE.length);
    return SdkBytes.fromByteArray(shake(input));
  }

  private static byte[] shake(byte[] input) {
    SHAKEDigest state = new SHAKEDigest(256);
    state.update(input, 0, input.length);
    byte[] output = new byte[64];
    state.doFinal(output, 0, output.length);
    return output;
  }

  private static boolean verifies(String algorithm, SdkBytes spki, byte[] signature)
      throws Exception {
    if (algorithm.equals("ED25519_PH_SHA_512")) {
      var key = (Ed25519PublicKeyParameters) PublicKeyFactory.createKey(spki.asByteArray());
      Ed25519phSigner verifier = new Ed25519phSigner(new byte[0]);
      verifier.init(false, key);
      // KMS hashes the digest, which is its message, once more; so does the verifier.
      verifier.update(digest(algorithm).asByteArray(), 0, 64);
      return verifier.verifySignature(signature);
    }
    PublicKey key =
        BouncyCastleProvider.getPublicKey(SubjectPublicKeyInfo.getInstance(spki.asByteArray()));
    Signature verifier = Signature.getInstance(nameOf(algorithm), BouncyCastleProvider.PROVIDER_NAME);
    verifier.initVerify(key);
    if (algorithm.startsWith("RSASSA_PSS")) {
      String hash = "SHA-" + bits(algorithm);
      int salt = Integer.parseInt(bits(algorithm)) / 8;
      verifier.setParameter(
          new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), salt, 1));
    }
    verifier.update(MESSAGE);
    return verifier.verify(signature);
  }

  /** What the Java Cryptography Architecture calls it. */
  private static String nameOf(String algorithm) {
    if (algorithm.startsWith("RSASSA_PSS")) return "RSASSA-PSS";
    if (algorithm.startsWith("RSASSA_PKCS1")) return "SHA" + bits(algorithm) + "withRSA";
    if (algorithm.startsWith("ECDSA")) return "SHA" + bits(algorithm) + "withECDSA";
    return algorithm.startsWith("ED25519") ? "Ed25519" : "ML-DSA";
  }

  private static void macs(Cases.Kind kind) throws Exception {
    for (String algorithm : kind.algorithms()) {
      SdkBytes mac =
          KMS.generateMac(asked -> asked.keyId(kind.arn()).message(RAW).macAlgorithm(algorithm))
              .mac();
      equal(String.valueOf(mac.asByteArray().length * 8), bits(algorithm));
      verifyMac(kind, algorithm, mac);
      SdkBytes nought = SdkBytes.fromByteArray(new byte[mac.asByteArray().length]);
      refused(KmsInvalidMacException.class, () -> verifyMac(kind, algorithm, nought));
    }
  }

  private static String verifyMac(Cases.Kind kind, String algorithm, SdkBytes mac) {
    return KMS.verifyMac(
            asked -> asked.keyId(kind.arn()).message(RAW).mac(mac).macAlgorithm(algorithm))
        .toString();
  }

  private static void agreement(Cases.Kind kind) throws Exception {
    PublicKey theirs =
        java.security.KeyFactory.getInstance("EC")
            .generatePublic(
                new java.security.spec.X509EncodedKeySpec(publicKey(kind).asByteArray()));
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(((ECPublicKey) theirs).getParams());
    var mine = generator.generateKeyPair();
    SdkBytes encoded = SdkBytes.fromByteArray(mine.getPublic().getEncoded());
    var derived =
        KMS.deriveSharedSecret(
            asked ->
                asked
                    .keyId(kind.arn())
                    .keyAgreementAlgorithm(KeyAgreementAlgorithmSpec.ECDH)
                    .publicKey(encoded));
    KeyAgreement here = KeyAgreement.getInstance("ECDH");
    here.init(mine.getPrivate());
    here.doPhase(theirs, true);
    equal(derived.sharedSecret().asByteArray(), here.generateSecret());
  }

  private static void encapsulation(Cases.Kind kind) throws Exception {
    var made =
        KMS.encapsulate(
            asked ->
                asked.keyId(kind.arn()).encapsulationAlgorithm(EncapsulationAlgorithmSpec.ML_KEM));
    equal(decapsulated(kind, made.sharedSecretCiphertextBlob()), made.sharedSecret());
    var key = (MLKEMPublicKeyParameters) PublicKeyFactory.createKey(publicKey(kind).asByteArray());
    var mine = new MLKEMGenerator(new java.security.SecureRandom()).generateEncapsulated(key);
    SdkBytes blob = SdkBytes.fromByteArray(mine.getEncapsulation());
    equal(decapsulated(kind, blob).asByteArray(), mine.getSecret());
  }

  private static SdkBytes decapsulated(Cases.Kind kind, SdkBytes blob) {
    return KMS.decapsulate(
            asked ->
                asked
                    .keyId(kind.arn())
                    .encapsulationAlgorithm(EncapsulationAlgorithmSpec.ML_KEM)
                    .sharedSecretCiphertextBlob(blob))
        .sharedSecret();
  }

  private static String dataKeyPairs() throws Exception {
    for (DataKeyPairSpec spec : DataKeyPairSpec.knownValues()) {
      if (spec == DataKeyPairSpec.SM2) continue; // China Regions only
      var pair =
          KMS.generateDataKeyPair(
              asked -> asked.keyId(STAGE.exchangeKeys.get("symmetric")).keyPairSpec(spec));
      equal(decrypted(pair.privateKeyCiphertextBlob()), pair.privateKeyPlaintext());
      equal(publicOf(pair.privateKeyPlaintext().asByteArray()), pair.publicKey().asByteArray());
    }
    return null;
  }

  /** The SubjectPublicKeyInfo that a PKCS #8 private key has. */
  private static byte[] publicOf(byte[] pkcs8) throws IOException {
    AsymmetricKeyParameter key = PrivateKeyFactory.createKey(pkcs8);
    AsymmetricKeyParameter found;
    if (key instanceof RSAPrivateCrtKeyParameters rsa) {
      found = new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent());
    } else if (key instanceof ECPrivateKeyParameters ec) {
      var point = ec.getParameters().getG().multiply(ec.getD()).normalize();
      found = new ECPublicKeyParameters(point, ec.getParameters());
    } else if (key instanceof Ed25519PrivateKeyParameters edwards) {
      found = edwards.generatePublicKey();
    } else {
      var kem = (MLKEMPrivateKeyParameters) key;
      found = new MLKEMPublicKeyParameters(kem.getParameters(), kem.getPublicKey());
    }
    return SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(found).getEncoded();
  }
}
