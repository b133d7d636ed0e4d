package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.codec.NoAnnotations.Validator;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.PolymorphicTypeValidator.Validity;

/** The text of arguments: clean UTF-16, bounded, and never the name of a class to make. */
final class ArgumentsMapperTest {
  @Test
  void boundedWriter_atItsLimit_takesWhatFitsAndNoMore() throws IOException {
    try (BoundedWriter writer = new BoundedWriter(5)) {
      writer.write("xabcx".toCharArray(), 1, 3);
      writer.write("de");
      assertThat(writer.text()).isEqualTo("abcde");
      assertThat(writer.isFull()).isFalse();
      assertThatThrownBy(() -> writer.write('f'))
          .isInstanceOf(IOException.class)
          .hasMessage("more than 5 characters");
      assertThat(writer.isFull()).isTrue();
      assertThat(writer.text()).isEqualTo("abcde");
    }
  }

  @Test
  @SuppressWarnings("NullAway") // the answer does not depend on what is asked
  void validator_anyType_isDenied() {
    Validator validator = new Validator();
    assertThat(validator.validateBaseType(null, null)).isEqualTo(Validity.DENIED);
    assertThat(validator.validateSubClassName(null, null, "x")).isEqualTo(Validity.DENIED);
    assertThat(validator.validateSubType(null, null, null)).isEqualTo(Validity.DENIED);
  }

  @Test
  void plainTypes_pathsAndFiles_areTextsInBothDirections() {
    JsonMapper mapper = JsonMapper.builder().addModule(new PlainTypes()).build();
    assertThat(mapper.writeValueAsString(Path.of("a/../b"))).isEqualTo("\"a/../b\"");
    assertThat(mapper.readValue("\"a/../b\"", Path.class)).isEqualTo(Path.of("a/../b"));
    assertThat(mapper.writeValueAsString(new File("c"))).isEqualTo("\"c\"");
    assertThat(mapper.readValue("\"c\"", File.class)).isEqualTo(new File("c"));
    assertThat(mapper.writeValueAsString(Map.of(Path.of("k"), 1))).isEqualTo("{\"k\":1}");
    assertThat(mapper.readValue("{\"k\":1}", new TypeReference<Map<Path, Integer>>() {}))
        .isEqualTo(Map.of(Path.of("k"), 1));
    assertThat(mapper.readValue("[3,1,2]", new TypeReference<Set<Integer>>() {}))
        .containsExactly(3, 1, 2);
  }

  @Test
  void plainTypes_whatAsksTheNetworkOrLoadsCode_isRefused() {
    JsonMapper mapper = JsonMapper.builder().addModule(new PlainTypes()).build();
    for (Class<?> type :
        List.of(Class.class, URL.class, InetAddress.class, InetSocketAddress.class)) {
      assertThatThrownBy(() -> mapper.readValue("\"file:/x\"", type))
          .as(type.getName())
          .hasStackTraceContaining("pass ");
      JavaType keyed = mapper.getTypeFactory().constructMapType(Map.class, type, Integer.class);
      assertThatThrownBy(() -> mapper.readValue("{\"file:/x\":1}", keyed))
          .as("a key of " + type.getName())
          .hasStackTraceContaining("pass ");
    }
  }
}
