/**
 * A client of TensorFlow Serving, on top of this package's messages and stubs.
 *
 * <pre>{@code
 * try (Client client = Client.connect("localhost:8500")) {
 *   Prediction result =
 *       client.predict("half_plus_two", Collections.singletonMap("x", new float[] {1, 2, 5}));
 *   System.out.println(Arrays.toString(result.floats("y")));
 * }
 * }</pre>
 *
 * <p>Calls throw an {@link InputException} before anything is sent, else a {@link CallException}, a
 * {@link ReplyException} or a {@link NotReadyException}.
 */
package @package{};
