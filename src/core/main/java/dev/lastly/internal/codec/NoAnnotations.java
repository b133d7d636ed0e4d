package dev.lastly.internal.codec;

import java.lang.annotation.Annotation;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DatabindContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.jsontype.PolymorphicTypeValidator;

/**
 * Makes Jackson ignore annotations. Lastly's Jackson is relocated, so an application's annotations
 * are other classes, of any version. And no annotation may let a row choose the class to
 * instantiate.
 */
@SuppressWarnings("NullAway") // Jackson's API is not annotated; null means "no such annotation"
final class NoAnnotations extends JacksonAnnotationIntrospector {
  private static final long serialVersionUID = 1L;

  @Override
  protected <A extends Annotation> @Nullable A _findAnnotation(Annotated annotated, Class<A> type) {
    return null;
  }

  @Override
  protected boolean _hasAnnotation(Annotated annotated, Class<? extends Annotation> type) {
    return false;
  }

  @Override
  protected boolean _hasOneOf(Annotated annotated, Class<? extends Annotation>[] types) {
    return false;
  }

  @Override
  public @Nullable Object findTypeResolverBuilder(MapperConfig<?> config, Annotated annotated) {
    return null;
  }

  /** A second guard for the same rule: no text of a row names a class. */
  static final class Validator extends PolymorphicTypeValidator {
    private static final long serialVersionUID = 1L;

    @Override
    public Validity validateBaseType(DatabindContext context, JavaType baseType) {
      return Validity.DENIED;
    }

    @Override
    public Validity validateSubClassName(
        DatabindContext context, JavaType baseType, String subClassName) {
      return Validity.DENIED;
    }

    @Override
    public Validity validateSubType(DatabindContext context, JavaType baseType, JavaType subType) {
      return Validity.DENIED;
    }
  }
}
