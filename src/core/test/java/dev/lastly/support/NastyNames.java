package dev.lastly.support;

import java.util.List;

/** Valid file names that a layer in between might misread. */
public final class NastyNames {
  /** What means something to the driver's URL, to SQLite's URIs, to a shell, or to a terminal. */
  public static final List<String> ALL =
      List.of(
          "a?&b",
          "a?synchronous=OFF",
          "a?mode=memory&cache=shared",
          "mode=memory",
          "100%",
          "a%20b",
          "a%00b",
          "a#b",
          "a;b",
          "a b",
          " a ",
          "'a'\"b\"",
          "a\nb",
          "file:",
          "file:a?mode=memory",
          ":memory:",
          ":resource:a",
          "jdbc:sqlite:a",
          "gr\u00fcn",
          "\u65e5\u672c \ud83e\udd8a",
          "back\\slash\\",
          "a:b@c",
          "~",
          "$HOME",
          "-a");

  private NastyNames() {}
}
