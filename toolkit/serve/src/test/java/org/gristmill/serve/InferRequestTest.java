package org.gristmill.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is taken as a request, and what is told of others. */
class InferRequestTest {
  private static final String GOOD =
      "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[2,1,1,3],\"datatype\":\"UINT8\",\"data\":[1,2,3,4,5,255]}]}";

  private static InferRequest parse(String json) throws Refusal {
    return InferRequest.parse(json.getBytes(StandardCharsets.UTF_8), OptionalLong.empty());
  }

  private static byte[] with(String json, byte[] binary) {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    byte[] body = Arrays.copyOf(text, text.length + binary.length);
    System.arraycopy(binary, 0, body, text.length, binary.length);
    return body;
  }

  @Test
  void samplesBecomePictures() throws Exception {
    var pictures = parse(GOOD).pictures();

    assertEquals(2, pictures.size());
    assertEquals(255, pictures.get(1).decode(0).sample(0, 0, 2));
  }

  @Test
  void binaryDataAreReadWhereTheJsonEnds() throws Exception {
    String json =
        "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"image\",\"shape\":[2],\"datatype\":\"BYTES\",\"parameters\":{\"binary_data_size\":%d}}]}";
    byte[] png = Client.png(5);
    var binary =
        ByteBuffer.allocate(2 * (4 + png.length))
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(png.length)
            .put(png)
            .putInt(png.length)
            .put(png);
    String text = json.formatted(binary.capacity());

    var request = InferRequest.parse(with(text, binary.array()), OptionalLong.of(text.length()));

    assertTrue(request.binaryOutputs());
    assertEquals(5, request.pictures().get(1).decode(0).width());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "'' | the JSON is cut off",
        "[] | malformed",
        "{} | this one has none",
        "{\"inputs\":[]} | has one input",
        "{\"inputs\":[{},{}]} | this one has more than one",
        "{\"inputs\":[{}]} | an input without a name has no shape",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\"}]} | needs either data or",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"AAAA\"]}]} | has 1 elements, and its shape says 2",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"?\"]}]} | no base64",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[1,2],\"datatype\":\"BYTES\",\"data\":[\"AAAA\",\"AAAA\"]}]} | it takes [n] or [n, 1]",
        "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]} | of FP32 is not taken",
        "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,1,1,3],\"datatype\":\"UINT8\",\"data\":[1,2,256]}]} | 256 at $.inputs[0].data[3] is no UINT8",
        "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,1,1,3],\"datatype\":\"UINT8\",\"data\":[1,2,-1]}]} | -1 at",
        "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,1,1,3],\"datatype\":\"UINT8\",\"data\":[1,2,0.5]}]} | malformed at",
        "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,1,1,3],\"datatype\":\"UINT8\",\"data\":[1,2]}]} | has 2 samples, and its shape [1, 1, 1, 3] says 3",
        "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,1,3],\"datatype\":\"UINT8\",\"data\":[1,2,3]}]} | it takes [n, height, width, 3]",
        "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,-1,1,3],\"datatype\":\"UINT8\",\"data\":[1,2,3]}]} | every size is 1 or more",
        "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[2147483647,2147483647,2147483647,3],\"datatype\":\"UINT8\",\"data\":[1]}]} | has 1 samples",
        "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,1,1,3],\"datatype\":\"UINT8\",\"parameters\":{\"binary_data_size\":3}}]} | 3 bytes of binary data, and 0 are there",
        "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,1,1,3],\"datatype\":\"UINT8\",\"parameters\":{\"binary_data_size\":-3}}]} | -3 bytes",
        "{\"inputs\":[{\"name\":\"pixels\",\"shape\":[1,1,1,3],\"datatype\":\"UINT8\",\"data\":[1,\"x\",2]}]} | texts and numbers",
        "{\"outputs\":[{}],\"inputs\":[]} | an output has no name",
        "{\"inputs\":[]} {} | malformed at $",
      })
  void whatIsWrongIsTold(String json, String why) {
    var refusal = assertThrows(Refusal.class, () -> parse(json.equals("''") ? "" : json));

    assertEquals(400, refusal.status());
    assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"-1", "9999", "9223372036854775807"})
  void aLengthOfTheJsonThatCannotBeIsRefused(long length) {
    byte[] body = GOOD.getBytes(StandardCharsets.UTF_8);

    assertThrows(Refusal.class, () -> InferRequest.parse(body, OptionalLong.of(length)));
  }

  @Test
  void deepJsonIsRefusedAndNotFollowed() {
    String deep = "{\"inputs\":[{\"data\":" + "[".repeat(100_000);

    assertThrows(Refusal.class, () -> parse(deep));
    assertThrows(Refusal.class, () -> parse("{\"x\":" + "[".repeat(100_000)));
  }

  @Test
  void whateverComesIsARequestOrIsRefused() throws Exception {
    var random = new Random(1);
    byte[] good = GOOD.getBytes(StandardCharsets.UTF_8);
    int taken = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] body = good.clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        body[random.nextInt(body.length)] =
            (byte) (random.nextBoolean() ? random.nextInt() : good[random.nextInt(good.length)]);
      }
      body = random.nextInt(5) == 0 ? Arrays.copyOf(body, random.nextInt(body.length)) : body;
      try {
        for (Call.Picture picture : InferRequest.parse(body, OptionalLong.empty()).pictures()) {
          picture.decode(0);
        }
        taken++;
      } catch (Refusal refused) {
        assertEquals(400, refused.status());
      }
    }
    assertTrue(taken > 100 && taken < 15_000, "taken: " + taken);
  }
}
