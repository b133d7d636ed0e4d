package dev.lastly.cli.output;

/** The styles of texts, with their ECMA-48 sequences, which every terminal knows. */
public enum Style {
  /** No style. */
  PLAIN(""),
  /** A heading. */
  HEADING("1"),
  /** Less important. */
  FAINT("2"),
  /** Success. */
  GOOD("32"),
  /** Needs attention. */
  WARNING("33"),
  /** Failure. */
  BAD("31");

  private final String code;

  Style(String code) {
    this.code = code;
  }

  /**
   * Writes a text in this style.
   *
   * @param text a clean text
   * @param colours whether the output shows colours
   * @return the text, between sequences if the output shows colours
   */
  public String on(String text, boolean colours) {
    return colours && !code.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
