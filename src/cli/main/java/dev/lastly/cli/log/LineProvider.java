package dev.lastly.cli.log;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * The program's SLF4J provider. The program chooses it by name at its start. It is not registered
 * as a service, so an application that uses the library keeps its own provider.
 */
public final class LineProvider implements SLF4JServiceProvider {
  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final MDCAdapter mdc = new NOPMDCAdapter();
  private final Map<String, Logger> loggers = new ConcurrentHashMap<>();

  /** SLF4J calls this constructor. */
  public LineProvider() {}

  /**
   * Makes SLF4J use this provider, unless the user has chosen another. Call it before the first log
   * message.
   *
   * @param debug whether to write all messages, with stack traces
   */
  public static void choose(boolean debug) {
    LineLogger.debug = debug;
    if (System.getProperty("slf4j.provider") == null) {
      System.setProperty("slf4j.provider", LineProvider.class.getName());
    }
    if (System.getProperty("slf4j.internal.verbosity") == null) {
      System.setProperty(
          "slf4j.internal.verbosity", "WARN"); // else SLF4J prints which provider it loaded
    }
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return name -> loggers.computeIfAbsent(name, LineLogger::new);
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return mdc;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99"; // any 2.0
  }

  @Override
  public void initialize() {}
}
