package dev.lastly.internal.codec;

import dev.lastly.internal.posix.NativeText;
import java.io.File;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.KeyDeserializer;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.module.SimpleModule;

/**
 * Serializers for types that Jackson would write in another form, or could not read without side
 * effects.
 */
final class PlainTypes extends SimpleModule {
  private static final long serialVersionUID = 1L;

  /** Beyond this scale, converting the number to an integer takes gigabytes. */
  private static final int MAX_SCALE = 10_000;

  /** Refused types: reading one loads and initialises a class, or queries a name server. */
  private static final Map<Class<?>, String> REFUSED =
      Map.of(
          Class.class, "a class is not data; pass a text that your method understands",
          URL.class, "reading and comparing a URL asks the network; pass a java.net.URI",
          InetAddress.class, "reading an address asks the network; pass its text",
          InetSocketAddress.class, "reading an address asks the network; pass its text");

  PlainTypes() {
    super("lastly");
    text(Path.class, PlainTypes::pathText, text -> Path.of(spelled(text)));
    text(File.class, file -> spelled(file.getPath()), text -> new File(spelled(text)));
    addDeserializer(BigDecimal.class, new BoundedDecimal());
    // Keeps the order of a LinkedHashSet.
    addAbstractTypeMapping(Set.class, LinkedHashSet.class);
    Secrets.addTo(this);
    REFUSED.forEach(this::refuse);
  }

  private <T> void text(Class<T> type, Function<T, String> writer, Function<String, T> reader) {
    addSerializer(type, new TextWriter<>(writer, false));
    addKeySerializer(type, new TextWriter<>(writer, true));
    addDeserializer(type, new TextReader<>(type, reader));
    addKeyDeserializer(
        type,
        new KeyDeserializer() {
          @Override
          public Object deserializeKey(String key, DeserializationContext context) {
            return reader.apply(key);
          }
        });
  }

  private <T> void refuse(Class<T> type, String why) {
    addDeserializer(
        type,
        new ValueDeserializer<T>() {
          @Override
          public T deserialize(JsonParser parser, DeserializationContext context) {
            throw new IllegalArgumentException(why);
          }
        });
    addKeyDeserializer(
        type,
        new KeyDeserializer() {
          @Override
          public Object deserializeKey(String key, DeserializationContext context) {
            throw new IllegalArgumentException(why);
          }
        });
  }

  private static String pathText(Path path) {
    if (path.getFileSystem() != FileSystems.getDefault()) {
      throw new IllegalArgumentException(
          "the path "
              + path
              + " is not of the default file system, which another process could not open");
    }
    return spelled(path.toString());
  }

  /**
   * Checks that the path is spelled in UTF-8. Otherwise its text would lead another process to
   * another file.
   */
  private static String spelled(String path) {
    if (!NativeText.isSpelled(path)) {
      throw new IllegalArgumentException(
          "the path " + path + " has characters beyond ASCII, and " + NativeText.advice());
    }
    return path;
  }

  private static final class TextWriter<T> extends ValueSerializer<T> {
    private final Function<T, String> text;
    private final boolean key;

    TextWriter(Function<T, String> text, boolean key) {
      this.text = text;
      this.key = key;
    }

    @Override
    public void serialize(T value, JsonGenerator generator, SerializationContext context) {
      if (key) {
        generator.writeName(text.apply(value));
      } else {
        generator.writeString(text.apply(value));
      }
    }
  }

  private static final class TextReader<T> extends ValueDeserializer<T> {
    private final Class<T> type;
    private final Function<String, T> reader;

    TextReader(Class<T> type, Function<String, T> reader) {
      this.type = type;
      this.reader = reader;
    }

    @Override
    public T deserialize(JsonParser parser, DeserializationContext context) {
      if (!parser.hasToken(JsonToken.VALUE_STRING)) {
        throw MismatchedInputException.from(parser, type, "expected a text");
      }
      return reader.apply(parser.getString());
    }
  }

  private static final class BoundedDecimal extends ValueDeserializer<BigDecimal> {
    @Override
    public BigDecimal deserialize(JsonParser parser, DeserializationContext context) {
      if (!parser.currentToken().isNumeric()) {
        throw MismatchedInputException.from(parser, BigDecimal.class, "expected a number");
      }
      BigDecimal value = parser.getDecimalValue();
      if (Math.abs((long) value.scale()) > MAX_SCALE) {
        throw MismatchedInputException.from(parser, BigDecimal.class, "the exponent is too large");
      }
      return value;
    }
  }
}
