package dev.lastly.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads where to listen: {@code 9187}, which is on 127.0.0.1, or {@code HOST:PORT}. */
final class AddressConverter implements ITypeConverter<InetSocketAddress> {
  private static final Pattern FORM = Pattern.compile("(?:(.+):)?(\\d{1,5})");
  private static final int MOST = 65_535;

  @Override
  public InetSocketAddress convert(String text) throws UnknownHostException {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches() || Integer.parseInt(parts.group(2)) > MOST) {
      throw new TypeConversionException(
          String.format(
              Locale.ROOT,
              "'%s' is not where to listen; expected a port, 0 to %d, or HOST:PORT",
              text,
              MOST));
    }
    String host = parts.group(1);
    try {
      InetAddress address =
          host == null
              ? InetAddress.getByAddress(new byte[] {127, 0, 0, 1})
              : InetAddress.getByName(host);
      return new InetSocketAddress(address, Integer.parseInt(parts.group(2)));
    } catch (UnknownHostException e) {
      throw new TypeConversionException(
          String.format(
              Locale.ROOT,
              "there is no host '%s' to listen on; expected an address of this" + " machine",
              host));
    }
  }
}
