package strongroom;

import static strongroom.Cases.STAGE;
import static strongroom.Cases.equal;

import java.util.Map;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.encryption.s3.S3EncryptionClient;

/** The S3 Encryption Client: its S3 is moto beside the server, its KMS the server. */
final class S3 {
  private S3() {}

  private static final String BUCKET = "of-java";
  private static final String KEY = "object";

  static String object() {
    // moto has no host name for each bucket.
    S3Client plain = S3Client.builder().forcePathStyle(true).build();
    S3AsyncClient async = S3AsyncClient.builder().forcePathStyle(true).build();
    plain.createBucket(asked -> asked.bucket(BUCKET));
    S3EncryptionClient client =
        S3EncryptionClient.builderV4()
            .wrappedClient(plain)
            .wrappedAsyncClient(async)
            .kmsKeyId(STAGE.exchangeKeys.get("symmetric"))
            .build();
    String content = "kept by S3, opened by KMS";
    var context = Map.of("for", "java");
    client.putObject(
        asked ->
            asked
                .bucket(BUCKET)
                .key(KEY)
                .overrideConfiguration(S3EncryptionClient.withAdditionalConfiguration(context)),
        RequestBody.fromString(content));
    String stored = plain.getObjectAsBytes(asked -> asked.bucket(BUCKET).key(KEY)).asString(java.nio.charset.StandardCharsets.ISO_8859_1);
    equal(stored.contains("opened by KMS"), false);
    String opened =
        client
            .getObjectAsBytes(
                asked ->
                    asked
                        .bucket(BUCKET)
                        .key(KEY)
                        .overrideConfiguration(
                            S3EncryptionClient.withAdditionalConfiguration(context)))
            .asUtf8String();
    equal(opened, content);
    return null;
  }
}
