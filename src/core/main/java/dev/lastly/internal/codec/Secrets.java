package dev.lastly.internal.codec;

import dev.lastly.model.Secret;
import dev.lastly.model.UnresolvableFunctionException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.module.SimpleModule;

/**
 * Secrets among arguments: how they are written and read, where they can be, and whether this
 * process has their values. Looks into records, arrays and the JDK's containers. Stateless.
 */
final class Secrets {
  private Secrets() {}

  /** Whether a parameter of this type can hold a secret. */
  static boolean mayBeIn(JavaType type) {
    return mayBeIn(type, new HashSet<>());
  }

  private static boolean mayBeIn(JavaType type, Set<JavaType> seen) {
    Class<?> raw = type.getRawClass();
    if (raw == Secret.class) {
      return true;
    }
    if (!seen.add(type)) {
      return false;
    }
    if (type.isArrayType()) {
      return mayBeIn(type.getContentType(), seen);
    }
    if (type.getBindings().getTypeParameters().stream().anyMatch(part -> mayBeIn(part, seen))) {
      return true;
    }
    if (raw.isRecord()) {
      for (RecordComponent component : raw.getRecordComponents()) {
        if (mayBeIn(ArgumentsMapper.type(component.getGenericType()), seen)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Looks up the value of each secret in a value.
   *
   * @throws UnresolvableFunctionException if this process does not have one
   */
  static void require(@Nullable Object value) {
    if (value instanceof Secret secret) {
      String unused = secret.text();
    } else if (value instanceof Optional<?> optional) {
      optional.ifPresent(Secrets::require);
    } else if (value instanceof Collection<?> elements) {
      elements.forEach(Secrets::require);
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(Secrets::require);
    } else if (value instanceof Record record) {
      requireParts(record);
    } else if (value instanceof Object[] elements) {
      for (Object element : elements) {
        require(element);
      }
    }
  }

  private static void requireParts(Record record) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Method accessor = component.getAccessor();
      if (!component.getType().isPrimitive() && accessor.trySetAccessible()) {
        try {
          require(accessor.invoke(record));
        } catch (IllegalAccessException | InvocationTargetException e) {
          throw new IllegalStateException(accessor + " failed: " + e.getCause(), e);
        }
      }
    }
  }

  static void addTo(SimpleModule module) {
    module.addSerializer(Secret.class, new SecretWriter());
    module.addDeserializer(Secret.class, new Reader());
  }

  private static final class SecretWriter extends ValueSerializer<Secret> {
    @Override
    public void serialize(Secret value, JsonGenerator generator, SerializationContext context) {
      context.writeValue(generator, new TreeMap<>(value.reference()));
    }
  }

  private static final class Reader extends ValueDeserializer<Secret> {
    private static final TypeReference<Map<String, String>> REFERENCE = new TypeReference<>() {};

    @Override
    public Secret deserialize(JsonParser parser, DeserializationContext context) {
      Map<String, String> reference =
          context.readValue(parser, context.getTypeFactory().constructType(REFERENCE));
      return Secret.of(reference);
    }
  }
}
