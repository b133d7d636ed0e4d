package dev.lastly.cli;

import dev.lastly.model.FunctionState;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the state of a function, by its name in the database. */
final class StateConverter implements ITypeConverter<FunctionState> {
  @Override
  public FunctionState convert(String value) {
    try {
      return FunctionState.fromColumn(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(
          "'" + value + "' is not a state; the states are " + String.join(", ", names()));
    }
  }

  private static List<String> names() {
    return Arrays.stream(FunctionState.values()).map(FunctionState::columnValue).toList();
  }

  /** The names of the states, for shell completion. */
  static final class Candidates implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return names().iterator();
    }
  }
}
