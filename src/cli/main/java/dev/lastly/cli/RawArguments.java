package dev.lastly.cli;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Compares the arguments that Java read with the kernel's bytes. In the C locale Java reads 'ä' as
 * '?', and a clean-up command would delete another file.
 */
final class RawArguments {
  private RawArguments() {}

  /** Refuses arguments that Java would pass on as other bytes. */
  static void requireUnderstood(List<String> arguments) {
    if (arguments.stream().allMatch(RawArguments::isCertain)) {
      return;
    }
    Charset charset = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    try {
      if (!isFaithful(arguments, Files.readAllBytes(Path.of("/proc/self/cmdline")), charset)) {
        throw CommandException.usage(
            String.format(
                Locale.ROOT,
                "an argument has characters that are not in the locale's character set (%s) and"
                    + " would be changed; set LC_ALL to a UTF-8 locale, such as C.UTF-8",
                charset));
      }
    } catch (IOException e) {
      throw CommandException.unusable(
          "cannot read /proc/self/cmdline to check the arguments: " + e + "; mount /proc");
    }
  }

  /** Java reads bytes that it cannot decode as '?' or as the replacement character. */
  private static boolean isCertain(String argument) {
    return argument.chars().allMatch(c -> c < 0x80 && c != '?');
  }

  /** Whether a command line ends with these arguments. */
  static boolean isFaithful(List<String> arguments, byte[] commandLine, Charset charset) {
    int end = commandLine.length;
    for (int i = arguments.size() - 1; i >= 0; i--) {
      byte[] expected = arguments.get(i).getBytes(charset);
      int start = end - 1 - expected.length; // a NUL follows each
      if (start < 0 || !Arrays.equals(commandLine, start, end - 1, expected, 0, expected.length)) {
        return false;
      }
      end = start;
    }
    return true;
  }
}
