package strongroom;

import static strongroom.Cases.STAGE;
import static strongroom.Cases.equal;

import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.kms.AWSKMSClientBuilder;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.KmsEnvelopeAead;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import com.google.crypto.tink.integration.awskms.AwsKmsAead;
import java.security.GeneralSecurityException;

/** Tink, whose KMS client is of the AWS SDK for Java v1: that reads no AWS_ENDPOINT_URL. */
final class Tink {
  private Tink() {}

  private static final byte[] PLAINTEXT = "kept by Tink".getBytes();
  private static final byte[] ASSOCIATED = "with this".getBytes();

  static String aead() throws GeneralSecurityException {
    return through(ofKms());
  }

  static String envelope() throws GeneralSecurityException {
    AeadConfig.register();
    return through(KmsEnvelopeAead.create(PredefinedAeadParameters.AES256_GCM, ofKms()));
  }

  private static Aead ofKms() {
    var endpoint = new EndpointConfiguration(STAGE.endpoint, STAGE.region);
    var kms = AWSKMSClientBuilder.standard().withEndpointConfiguration(endpoint).build();
    return new AwsKmsAead(kms, STAGE.exchangeKeys.get("symmetric"));
  }

  private static String through(Aead aead) throws GeneralSecurityException {
    byte[] sealed = aead.encrypt(PLAINTEXT, ASSOCIATED);
    equal(aead.decrypt(sealed, ASSOCIATED), PLAINTEXT);
    try {
      aead.decrypt(sealed, "another".getBytes());
    } catch (GeneralSecurityException refused) {
      return null;
    }
    throw new AssertionError("other associated data opens it");
  }
}
