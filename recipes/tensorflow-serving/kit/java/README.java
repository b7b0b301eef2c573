import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import @package{}.Client;
import @package{}.Prediction;
import @package{}.Target;

public final class Example {
  public static void main(String[] arguments) {
    try (Client client = Client.connect("localhost:8500")) {
      client.waitReady(Target.of("half_plus_two"), Duration.ofMinutes(1));
      Prediction result =
          client.predict("half_plus_two", Collections.singletonMap("x", new float[] {1, 2, 5}));
      System.out.println(Arrays.toString(result.floats("y")) + " by version " + result.version());
    }
  }
}
