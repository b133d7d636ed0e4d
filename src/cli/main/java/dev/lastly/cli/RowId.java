package dev.lastly.cli;

import java.util.UUID;
import picocli.CommandLine.ITypeConverter;

/**
 * The id of a row as it was given: a number on a node, a UUID in a fleet. Immutable.
 *
 * @param text as given
 */
record RowId(String text) {
  /** Before all rows of a node. */
  static final RowId NONE = new RowId("0");

  /** Reads any text: what it must be depends on whose row it is. */
  static final class Converter implements ITypeConverter<RowId> {
    @Override
    public RowId convert(String value) {
      return new RowId(value);
    }
  }

  /** The number of a row of a node. */
  long number() {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw CommandException.usage(
          "'"
              + text
              + "' is not the id of a row of a node, which is a number; is it one of a fleet?"
              + " Then give --fleet URL");
    }
  }

  /** The id of a row of a fleet. */
  UUID uuid() {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw CommandException.usage(
          "'"
              + text
              + "' is not the id of a row of a fleet, which is a UUID as 'lastly list' shows"
              + " it");
    }
  }

  /** The id of an event of a fleet. */
  long transaction() {
    try {
      long number = Long.parseLong(text);
      if (number >= 0 && number < Long.MAX_VALUE) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Refused below, like a number that is none of a transaction.
    }
    throw CommandException.usage(
        "'"
            + text
            + "' is not the id of an event of a fleet, which is the number of a transaction as"
            + " 'lastly events' shows it; 0 begins with the first. Is it one of a node? Then give"
            + " --state-dir DIR, and leave out --fleet");
  }

  @Override
  public String toString() {
    return text;
  }
}
