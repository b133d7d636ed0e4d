package dev.lastly.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class JsonTest {
  @Test
  void toString_everyKindOfValue_isOneLineInOrder() {
    Json json =
        Json.object()
            .put("text", "a")
            .put("number", 17L)
            .put("truth", true)
            .put("time", Instant.parse("2026-01-02T03:04:05Z"))
            .put("nothing", null)
            .put("constant", Thread.State.TIMED_WAITING)
            .put("list", Arrays.asList(1, null, Json.object().put("a", List.of())))
            .put("map", Map.of(Thread.State.NEW, 1))
            .put("empty", Json.object());
    assertThat(json)
        .hasToString(
            "{\"text\":\"a\",\"number\":17,\"truth\":true,\"time\":\"2026-01-02T03:04:05.000Z\","
                + "\"nothing\":null,\"constant\":\"timed_waiting\",\"list\":[1,null,{\"a\":[]}],"
                + "\"map\":{\"new\":1},\"empty\":{}}");
  }

  @Test
  void toString_anyCharacter_isReadBackByAnotherReaderAndHasNoControls() {
    StringBuilder all = new StringBuilder();
    for (int c = 0; c <= 0xffff; c++) {
      if (!Character.isSurrogate((char) c)) {
        all.append((char) c);
      }
    }
    all.append("\ud83d\ude00");
    String text = Json.object().put("all", all.toString()).toString();
    assertThat(text.chars().noneMatch(Character::isISOControl)).isTrue();
    assertThat(JsonMapper.shared().readTree(text).get("all").asString()).isEqualTo(all.toString());
  }

  @Test
  void toString_loneSurrogate_isEscaped() {
    assertThat(Json.object().put("a", "x\ud83dy")).hasToString("{\"a\":\"x\\ud83dy\"}");
    assertThat(Json.object().put("a", "\ude00")).hasToString("{\"a\":\"\\ude00\"}");
  }
}
