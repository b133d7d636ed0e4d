package dev.lastly.fuzz.database;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The texts of calls in the files: a function and, right behind it in the row, its arguments.
 *
 * @param places file (0 or 1), from, to
 * @param made what they would have called
 */
record Calls(List<int[]> places, Set<String> made) {
  // Between the two lies the digest of the class, if the row has one.
  private static final Pattern CALL =
      Pattern.compile(
          "Recorded#(done|failed|killed)\\(Ljava/lang/String;I\\)V[^\\[\\]]*?\\[\"([^\"]*)\",(-?\\d+)\\]");

  static Calls of(Image image) {
    List<int[]> places = new ArrayList<>();
    Set<String> made = new HashSet<>();
    byte[][] files = {image.db(), image.wal()};
    for (int i = 0; i < files.length; i++) {
      Matcher call = CALL.matcher(new String(files[i], StandardCharsets.ISO_8859_1));
      while (call.find()) {
        places.add(new int[] {i, call.start(), call.end()});
        made.add(call.group(1) + " " + call.group(2) + " " + call.group(3));
      }
    }
    return new Calls(places, made);
  }
}
