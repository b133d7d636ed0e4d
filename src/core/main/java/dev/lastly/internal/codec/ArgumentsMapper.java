package dev.lastly.internal.codec;

import dev.lastly.internal.row.EncodedCall;
import java.lang.reflect.Executable;
import java.lang.reflect.Type;
import java.util.Arrays;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.MutableCoercionConfig;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;
import tools.jackson.databind.type.TypeBindings;

/** Jackson with everything that matters said aloud, so that no default of it can change a row. */
final class ArgumentsMapper {
  static final int MAX_DEPTH = 100;
  private static final int MAX_NUMBER_LENGTH = 1000;

  private static final JsonMapper MAPPER = mapper();

  static final ObjectWriter WRITER = MAPPER.writer();

  /** Trailing tokens are looked for after the last argument, not after each. */
  static final ObjectReader READER =
      MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** For comparisons: no digit of a number is lost. */
  static final ObjectReader TREES =
      MAPPER
          .reader()
          .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .with(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS);

  private ArgumentsMapper() {}

  static JavaType type(Type type) {
    return MAPPER.getTypeFactory().constructType(type);
  }

  /**
   * The type of a parameter, with the type arguments that the owner gives to the class that it
   * inherits the method from. A type variable that the method declares itself stays unbound.
   */
  static JavaType type(Type type, Class<?> owner, Executable member) {
    if (member.getDeclaringClass() == owner || !Members.isInstanceMethod(member)) {
      return type(type);
    }
    TypeBindings bindings = type(owner).findSuperType(member.getDeclaringClass()).getBindings();
    boolean hides =
        Arrays.stream(member.getTypeParameters())
            .anyMatch(variable -> bindings.findBoundType(variable.getName()) != null);
    return hides ? type(type) : MAPPER.getTypeFactory().resolveMemberType(type, bindings);
  }

  private static JsonFactory factory() {
    return JsonFactory.builder()
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxNumberLength(MAX_NUMBER_LENGTH)
                .maxDocumentLength(EncodedCall.MAX_ARGUMENTS_LENGTH)
                .maxStringLength(EncodedCall.MAX_ARGUMENTS_LENGTH)
                .maxNameLength(EncodedCall.MAX_ARGUMENTS_LENGTH)
                .maxTokenCount(EncodedCall.MAX_ARGUMENTS_LENGTH)
                .build())
        .streamWriteConstraints(StreamWriteConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
        // Names of map keys come from rows: they are not kept.
        .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
        .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .disable(StreamWriteFeature.AUTO_CLOSE_CONTENT)
        .disable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
        .build();
  }

  private static JsonMapper mapper() {
    JsonMapper.Builder builder = JsonMapper.builder(factory());
    reading(builder);
    writing(builder);
    return builder
        .annotationIntrospector(new NoAnnotations())
        .polymorphicTypeValidator(new NoAnnotations.Validator())
        .deactivateDefaultTyping()
        .addModule(new PlainTypes())
        .withCoercionConfigDefaults(ArgumentsMapper::refuseCoercion)
        .withCoercionConfig(LogicalType.Textual, ArgumentsMapper::refuseCoercion)
        .build();
  }

  private static void reading(JsonMapper.Builder builder) {
    builder
        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_IGNORED_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .enable(MapperFeature.INFER_RECORD_GETTERS_FROM_COMPONENTS_ONLY)
        .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
        .disable(EnumFeature.READ_ENUMS_USING_TO_STRING)
        .disable(DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
        .disable(DateTimeFeature.NORMALIZE_DESERIALIZED_ZONE_ID);
  }

  private static void writing(JsonMapper.Builder builder) {
    builder
        .disable(EnumFeature.WRITE_ENUMS_USING_TO_STRING)
        .disable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
        .disable(SerializationFeature.CLOSE_CLOSEABLE)
        .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
        .disable(DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
        .enable(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID);
  }

  private static void refuseCoercion(MutableCoercionConfig config) {
    config
        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
  }
}
