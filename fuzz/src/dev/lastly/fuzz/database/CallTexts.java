package dev.lastly.fuzz.database;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the texts of calls are in the files: references to functions, and arguments.
 *
 * @param places file (0 or 1), from, to
 */
record CallTexts(List<int[]> places) {
  private static final Pattern TEXT =
      Pattern.compile(
          "Recorded#(done|failed|killed)\\(Ljava/lang/String;I\\)V|\\[\"[^\"]*\",-?\\d+\\]");

  static CallTexts of(StoreImage image) {
    List<int[]> places = new ArrayList<>();
    byte[][] files = {image.db(), image.wal()};
    for (int i = 0; i < files.length; i++) {
      Matcher text = TEXT.matcher(new String(files[i], StandardCharsets.ISO_8859_1));
      while (text.find()) {
        places.add(new int[] {i, text.start(), text.end()});
      }
    }
    return new CallTexts(places);
  }
}
