package dev.lastly.report;

import java.util.Arrays;
import java.util.List;

/** Whether people can read what is there: 4.5 to 1, as WCAG 2.2 asks for text. */
final class Contrast {
  private static final String FAINT =
      """
      (() => {
        const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
        const light = (colour) => {
          const [r, g, b] = colour.map((v) => v / 255)
            .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ground = (e) => {
          const colour = numbers(getComputedStyle(e).backgroundColor);
          return colour.length < 4 || colour[3] > 0 ? colour : ground(e.parentElement);
        };
        const found = new Set();
        for (const e of document.querySelectorAll('body *:not(svg *):not(script)')) {
          const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
          if (own && e.checkVisibility()) {
            const pair = [light(numbers(getComputedStyle(e).color)), light(ground(e))];
            const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
            if (ratio < 4.5) {
              found.add(`${e.tagName}.${e.className} '${e.textContent.slice(0, 20)}' ${ratio}`);
            }
          }
        }
        return [...found].join('\\n');
      })()\
      """;

  private Contrast() {}

  /** The texts that are too faint on what is behind them. */
  static List<String> faint(Tab tab) throws Exception {
    return Arrays.stream(tab.eval(FAINT).split("\n")).filter(line -> !line.isEmpty()).toList();
  }
}
