package dev.lastly.internal.codec;

import tools.jackson.core.JsonParser;
import tools.jackson.core.util.JsonParserDelegate;

/**
 * Refuses numbers such as 1e400. Jackson would read them as infinity, which is not the stored
 * value.
 */
final class FiniteNumbers extends JsonParserDelegate {
  FiniteNumbers(JsonParser parser) {
    super(parser);
  }

  @Override
  public double getDoubleValue() {
    return finite(super.getDoubleValue());
  }

  @Override
  public float getFloatValue() {
    float value = super.getFloatValue();
    double unused = finite(value);
    return value;
  }

  @Override
  public Number getNumberValue() {
    Number value = super.getNumberValue();
    return value instanceof Double || value instanceof Float ? checked(value) : value;
  }

  private static Number checked(Number value) {
    double unused = finite(value.doubleValue());
    return value;
  }

  private static double finite(double value) {
    if (Double.isInfinite(value)) {
      throw new IllegalArgumentException("the number is too large for its type");
    }
    return value;
  }
}
