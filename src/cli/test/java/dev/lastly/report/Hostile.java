package dev.lastly.report;

import java.util.ArrayList;
import java.util.List;

/** Texts that would do harm if they were read as markup or code; each would set window.harm. */
final class Hostile {
  static final List<String> TEXTS =
      List.of(
          "<script>window.harm=1</script>",
          "</script><script>window.harm=1</script>",
          "</style></title></textarea></noscript><img src=x onerror=window.harm=1>",
          "\"><svg onload=window.harm=1>",
          "' onfocus='window.harm=1' autofocus='",
          "javascript:window.harm=1",
          "<a href=\"javascript:window.harm=1\" id=\"data\">x</a>",
          "\\\"];window.harm=1;//",
          "${window.harm=1}`+(window.harm=1)+`{{window.harm=1}}",
          "<!--<script>-->window.harm=1<!--</script>-->",
          "]]><![CDATA[<b>&lt;&amp;&#60;",
          "__proto__",
          "<base href=http://192.0.2.1/><link rel=stylesheet href=//192.0.2.1/x>",
          "<form action=http://192.0.2.1/><input name=body><meta http-equiv=refresh content=0>",
          "\u202Egnp.exe\u2066 \u0000\u001B[2J\uD800 \u2028\u2029",
          "%s %n %1$s {0} \\u003cscript\\u003e");

  private Hostile() {}

  /** The same, several in one where so many characters allow it. */
  static List<String> together(int most) {
    List<String> joined = new ArrayList<>();
    for (String text : TEXTS) {
      int last = joined.size() - 1;
      if (last >= 0 && joined.get(last).length() + 1 + text.length() <= most) {
        joined.set(last, joined.get(last) + " " + text);
      } else {
        joined.add(text);
      }
    }
    return joined;
  }
}
