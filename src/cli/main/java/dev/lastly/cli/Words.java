package dev.lastly.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a text into the words of a command. It knows a shell's quotes but nothing else of a shell:
 * it expands nothing, and no character starts a second command.
 *
 * <ul>
 *   <li>Blanks, tabs and line ends separate words.
 *   <li>Between single quotes every character stands for itself.
 *   <li>Between double quotes every character stands for itself, but a backslash before a double
 *       quote or a backslash is removed.
 *   <li>Elsewhere a backslash makes the next character stand for itself.
 * </ul>
 */
final class Words {
  private final String text;
  private final List<String> words = new ArrayList<>();
  private final StringBuilder word = new StringBuilder();
  private boolean inWord;
  private int next;

  private Words(String text) {
    this.text = text;
  }

  /** The words; throws IllegalArgumentException if a quote or backslash is left open. */
  static List<String> split(String text) {
    Words words = new Words(text);
    words.readAll();
    return words.words;
  }

  private void readAll() {
    while (next < text.length()) {
      char c = text.charAt(next++);
      switch (c) {
        case ' ', '\t', '\n', '\r' -> endWord();
        case '\'' -> readQuoted('\'');
        case '"' -> readQuoted('"');
        case '\\' -> add(escaped());
        default -> add(c);
      }
    }
    endWord();
  }

  private void readQuoted(char quote) {
    inWord = true; // empty quotes are a word, too
    while (next < text.length()) {
      char c = text.charAt(next++);
      if (c == quote) {
        return;
      }
      boolean escape = quote == '"' && c == '\\' && next < text.length();
      add(escape && "\"\\".indexOf(text.charAt(next)) >= 0 ? text.charAt(next++) : c);
    }
    throw new IllegalArgumentException("a quote (" + quote + ") is not closed");
  }

  private char escaped() {
    if (next == text.length()) {
      throw new IllegalArgumentException("there is nothing after the last backslash");
    }
    return text.charAt(next++);
  }

  private void add(char c) {
    inWord = true;
    word.append(c);
  }

  private void endWord() {
    if (inWord) {
      words.add(word.toString());
      word.setLength(0);
      inWord = false;
    }
  }
}
