package dev.lastly.cli.output;

/** What a colour means, and which it is: the sequences of ECMA-48 that every terminal knows. */
public enum Style {
  /** Nothing. */
  PLAIN(""),
  /** A heading. */
  HEADING("1"),
  /** Of little interest. */
  FAINT("2"),
  /** As it should be. */
  GOOD("32"),
  /** To be looked at. */
  WARNING("33"),
  /** Wrong. */
  BAD("31");

  private final String code;

  Style(String code) {
    this.code = code;
  }

  /**
   * A text in this style.
   *
   * @param text a clean text
   * @param colours whether the reader can see colours
   * @return the text, with sequences around it if so
   */
  public String on(String text, boolean colours) {
    return colours && !code.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
