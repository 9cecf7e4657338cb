package strongroom;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Cases: each is run, timed, and told in one line of JSON (test/clients/results.ts). */
final class Cases {
  private Cases() {}

  /** A key that the runner has made, of one spec and usage. */
  record Kind(String keySpec, String keyUsage, List<String> algorithms, String arn) {}

  /** What the runner has made for this client (test/clients/stage.ts). */
  static final class Stage {
    String endpoint;
    String flakyEndpoint;
    String region;
    String otherRegion;
    String account;
    String userArn;
    String roleArn;
    String webIdentityRoleArn;
    String webIdentityToken;
    String exchange;

    /** The table of branch keys, where there is a DynamoDB. */
    String branchKeys;

    List<Kind> kinds;
    Map<String, String> exchangeKeys;
    Map<String, String> customKeyStore;
  }

  static final Stage STAGE = read();

  /** What it answers is shown beside the case; what it throws makes it fail. */
  interface Test {
    String run() throws Exception;
  }

  static void run(String name, Test test) {
    long started = System.nanoTime();
    JsonObject line = new JsonObject();
    line.addProperty("name", name);
    try {
      String detail = test.run();
      line.addProperty("ok", true);
      if (detail != null) line.addProperty("detail", detail);
    } catch (Throwable thrown) { // every fault is the case's result
      line.addProperty("ok", false);
      String at =
          Arrays.stream(thrown.getStackTrace())
              .filter(frame -> frame.getClassName().startsWith("strongroom"))
              .findFirst()
              .map(StackTraceElement::toString)
              .orElse("");
      line.addProperty("detail", thrown + " " + at);
    }
    line.addProperty("ms", (System.nanoTime() - started) / 1e6);
    System.out.println(line);
  }

  static void equal(Object found, Object wanted) {
    if (!Objects.deepEquals(found, wanted)) {
      throw new AssertionError(show(found) + " is not " + show(wanted));
    }
  }

  /** Runs what must be refused with an exception of this class. */
  static void refused(Class<? extends Throwable> wanted, Test test) throws Exception {
    try {
      test.run();
    } catch (Exception thrown) {
      if (wanted.isInstance(thrown)) return;
      throw thrown;
    }
    throw new AssertionError("no " + wanted.getSimpleName());
  }

  private static String show(Object value) {
    return value instanceof byte[] octets ? Arrays.toString(octets) : String.valueOf(value);
  }

  private static Stage read() {
    try {
      String text = Files.readString(Path.of(System.getenv("STRONGROOM_STAGE")));
      return new Gson().fromJson(text, Stage.class);
    } catch (IOException thrown) {
      throw new IllegalStateException(thrown);
    }
  }
}
