package dev.lastly.internal.codec;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/**
 * Gives equal JSON documents one text. It ignores the order of properties and of elements: a hash
 * set read from JSON may list its elements in another order than the one that was written.
 * Stateless.
 */
final class CanonicalJson {
  private CanonicalJson() {}

  static String of(String json) {
    return of(ArgumentsMapper.TREES.readTree(json));
  }

  private static String of(JsonNode node) {
    if (node.isArray()) {
      return StreamSupport.stream(node.spliterator(), false)
          .map(CanonicalJson::of)
          .sorted()
          .collect(Collectors.joining(",", "[", "]"));
    }
    if (node.isObject()) {
      Map<String, String> properties = new TreeMap<>();
      node.properties().forEach(p -> properties.put(p.getKey(), of(p.getValue())));
      return properties.entrySet().stream()
          .map(p -> List.of(p.getKey(), p.getValue()).toString())
          .collect(Collectors.joining(",", "{", "}"));
    }
    return node.toString();
  }
}
