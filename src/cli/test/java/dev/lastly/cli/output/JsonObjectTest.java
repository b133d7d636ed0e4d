package dev.lastly.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonObjectTest {
  @Test
  void toString_everyKindOfValue_isOneLineInOrder() {
    JsonObject json =
        new JsonObject()
            .put("text", "a")
            .put("number", 17L)
            .put("truth", true)
            .put("time", Instant.parse("2026-01-02T03:04:05Z"))
            .put("nothing", null)
            .put("constant", Thread.State.TIMED_WAITING)
            .put("list", Arrays.asList(1, null, new JsonObject().put("a", List.of())))
            .put("map", Map.of(Thread.State.NEW, 1))
            .put("empty", new JsonObject());
    assertThat(json)
        .hasToString(
            "{\"text\":\"a\",\"number\":17,\"truth\":true,\"time\":\"2026-01-02T03:04:05.000Z\","
                + "\"nothing\":null,\"constant\":\"timed_waiting\",\"list\":[1,null,{\"a\":[]}],"
                + "\"map\":{\"new\":1},\"empty\":{}}");
  }
}
